#include "base/json.hpp"

#include <fmt/format.h>

#include <cmath>

#include "base/utf8.hpp"

namespace chapar::json {
namespace {

void append_control(std::string& out, unsigned char c) {
    switch (c) {
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            out += fmt::format("\\u{:04x}", c);
    }
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
    out += '"';
    std::size_t plain = 0;  // start of the run that needs no change
    std::size_t i = 0;
    const auto flush = [&] { out.append(text, plain, i - plain); };
    while (i < text.size()) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c < 0x7F && c != '"' && c != '\\') {
            ++i;
            continue;
        }
        if (c >= 0x80) {
            if (const auto length = utf8_sequence_length(text.substr(i)); length != 0) {
                i += length;
                continue;
            }
        }
        flush();
        if (c == '"' || c == '\\') {
            out += '\\';
            out += static_cast<char>(c);
        } else if (c >= 0x80) {
            out += "\xEF\xBF\xBD";
        } else {
            append_control(out, c);
        }
        plain = ++i;
    }
    flush();
    out += '"';
}

void Writer::separate() {
    if (needs_comma_) out_ += ',';
    needs_comma_ = true;
}

Writer& Writer::open(char bracket) {
    separate();
    out_ += bracket;
    needs_comma_ = false;
    return *this;
}

Writer& Writer::close(char bracket) {
    out_ += bracket;
    needs_comma_ = true;
    return *this;
}

Writer& Writer::key(std::string_view name) {
    separate();
    append_string(out_, name);
    out_ += ':';
    needs_comma_ = false;
    return *this;
}

Writer& Writer::value(std::string_view text) {
    separate();
    append_string(out_, text);
    return *this;
}

Writer& Writer::value(bool flag) { return raw(flag ? "true" : "false"); }

Writer& Writer::value(double number) { return raw(std::isfinite(number) ? fmt::format("{}", number) : "null"); }

Writer& Writer::raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
}

}  // namespace chapar::json

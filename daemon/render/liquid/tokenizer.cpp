#include <algorithm>

#include "render/liquid/parser.hpp"
#include "render/liquid/scan.hpp"

namespace chapar::liquid {

Tokenizer::Tokenizer(std::string_view source, std::span<const std::uint32_t> newlines)
    : source_(source), newlines_(newlines), line_(1), lines_(false) {}

Tokenizer::Tokenizer(std::string_view lines, int line) : source_(lines), line_(line), lines_(true) {
    while (source_.ends_with('\n'))
        source_.remove_suffix(1);  // empty lines at the end are no lines
}

bool Tokenizer::shift(std::string_view& token) {
    if (at_ > source_.size() || (at_ == source_.size() && (!lines_ || source_.empty()))) return false;
    if (lines_) {
        token = next_line();
        ++line_;
        return true;
    }
    const char next = source_[at_] == '{' && at_ + 1 < source_.size() ? source_[at_ + 1] : '\0';
    if (next == '%') {
        token = next_tag(at_);
    } else if (next == '{') {
        token = next_output();
    } else {
        auto end = at_;
        do {
            end = source_.find('{', end + 1);
        } while (end != scan::none && end + 1 < source_.size() && source_[end + 1] != '{' && source_[end + 1] != '%');
        if (end == scan::none || end + 1 >= source_.size()) end = source_.size();
        token = source_.substr(at_, end - at_);
        at_ = end;
    }
    while (newlines_passed_ < newlines_.size() && newlines_[newlines_passed_] < at_)
        ++newlines_passed_;
    line_ = static_cast<int>(newlines_passed_) + 1;
    return true;
}

std::string_view Tokenizer::next_line() {
    const auto end = std::min(source_.find('\n', at_), source_.size());
    const auto line = source_.substr(at_, end - at_);
    at_ = end + 1;  // past the end after the last line
    return line;
}

/// Up to %}; "{%" alone when there is none, and the rest is lost to an error.
std::string_view Tokenizer::next_tag(std::size_t start) {
    const auto end = source_.find("%}", at_ + 2);
    if (end == scan::none) {
        const auto token = source_.substr(start, at_ == start ? 2 : at_ + 2 - start);
        at_ = source_.size();
        return token;
    }
    at_ = end + 2;
    return source_.substr(start, at_ - start);
}

/// Up to }}, or to a } that stands alone; a tag that begins inside takes over. "{{" alone when nothing ends it.
std::string_view Tokenizer::next_output() {
    const auto start = at_;
    const auto cut = [&](std::size_t end) {
        at_ = end;
        return source_.substr(start, end - start);
    };
    for (auto i = start + 2; i < source_.size(); ++i) {
        if (source_[i] != '{' && source_[i] != '}') continue;
        const bool last = i + 1 == source_.size();
        if (source_[i] == '}') return cut(last || source_[i + 1] != '}' ? i + 1 : i + 2);
        if (last) break;
        if (source_[i + 1] == '%') {
            at_ = i;
            return next_tag(start);
        }
    }
    at_ = source_.size();
    return source_.substr(start, 2);
}

}  // namespace chapar::liquid

#include "render/text_writer.hpp"

namespace chapar::render {

namespace {

/// Blanks, and the first byte of the no-break space and the soft hyphen.
bool is_gap_byte(char c) { return c == ' ' || (c >= '\t' && c <= '\r' && c != '\v') || c == '\xC2'; }

}  // namespace

void TextWriter::open_gap() {
    const bool starts_line = out_.empty() || gap_ >= Gap::line;
    if (!out_.empty()) {
        if (gap_ == Gap::space) out_ += ' ';
        if (gap_ == Gap::cell) out_ += "  ";
        if (gap_ >= Gap::line) out_ += '\n';
        if (gap_ == Gap::paragraph) {
            for (int i = 0; i < quotes_; ++i)
                out_ += '>';
            out_ += '\n';
        }
    }
    gap_ = Gap::none;
    if (!starts_line) return;
    ++lines_;
    for (int i = 0; i < quotes_; ++i)
        out_ += i + 1 < quotes_ ? ">" : "> ";
    const std::size_t hanging = mark_.empty() ? 0 : std::min<std::size_t>(indent_, 2);
    out_.append(indent_ - hanging, ' ');
    out_ += mark_;
    mark_.clear();
}

void TextWriter::text(std::string_view decoded) {
    constexpr std::string_view no_break_space = "\u00a0", soft_hyphen = "\u00ad";
    std::size_t at = 0;
    while (at < decoded.size()) {
        // A single space between two words is copied with them.
        std::size_t blank = at;
        while (blank < decoded.size()) {
            if (!is_gap_byte(decoded[blank])) {
                ++blank;
            } else if (blank > at && decoded[blank] == ' ' && blank + 1 < decoded.size() &&
                       !is_gap_byte(decoded[blank + 1])) {
                blank += 2;
            } else {
                break;
            }
        }
        if (blank > at) append(decoded.substr(at, blank - at));
        if (blank == decoded.size()) return;
        at = blank + 1;
        if (decoded[blank] != '\xC2') {
            want(Gap::space);
        } else if (decoded.substr(blank, 2) == no_break_space) {
            ++at;
            // It keeps words together on a page; in a line of text it is a space like others.
            want(Gap::space);
        } else if (decoded.substr(blank, 2) == soft_hyphen) {
            ++at;
        } else {
            append(decoded.substr(blank, 1));
        }
    }
}

void TextWriter::preformatted(std::string_view decoded) {
    while (!decoded.empty()) {
        const std::size_t end = std::min(decoded.find('\n'), decoded.size());
        if (end > 0) append(decoded.substr(0, end));
        if (end == decoded.size()) return;
        line_break();
        decoded.remove_prefix(end + 1);
    }
}

void TextWriter::append(std::string_view verbatim) {
    if (gap_ != Gap::none || out_.empty()) open_gap();
    if (marked_ == std::string::npos) marked_ = out_.size();
    out_ += verbatim;
}

std::string TextWriter::take() {
    if (!out_.empty()) out_ += '\n';
    return std::move(out_);
}

}  // namespace chapar::render

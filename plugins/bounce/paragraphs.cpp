#include "bounce/paragraphs.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "bounce/addresses.hpp"
#include "bounce/fold.hpp"
#include "email_rules/text.hpp"

namespace chapar::bounce {
namespace {

constexpr std::size_t most_lines = 400, most_paragraphs = 60, most_copied = 16 * 1024, most_words = 400;
constexpr std::size_t longest_mark = 20, most_addresses = 50, longest_line = 2000;

/// The head of a mail begins in the middle of a text.
bool begins_head(std::string_view line) {
    static constexpr std::array<std::string_view, 4> starts{"return-path:", "received: from", "received: by",
                                                            "received: (qmail"};
    return std::ranges::any_of(
        starts, [&](auto start) { return email::find_ignoring_case(line.substr(0, start.size()), start) == 0; });
}

class Reading {
  public:
    explicit Reading(std::span<const email::Phrase> copies) : copies_(copies) {}

    void take(const Part& part) {
        std::string_view rest = part.text;
        std::size_t line = part.line;
        while (!rest.empty() && lines_ < most_lines && out_.paragraphs.size() < most_paragraphs) {
            const auto end = std::min(rest.find('\n'), rest.size());
            if (!take_line(email::trim(rest.substr(0, std::min(end, longest_line))), part, line)) break;
            rest.remove_prefix(std::min(end + 1, rest.size()));
            line += part.is_plain ? 1 : 0;
            ++lines_;
        }
        out_.copied += rest.substr(0, most_copied - std::min(most_copied, out_.copied.size()));
        end_paragraph();
    }

    Told told() { return std::move(out_); }

  private:
    /// false: what is returned begins here.
    bool take_line(std::string_view text, const Part& part, std::size_t line) {
        if (text.empty()) {
            end_paragraph();
            return true;
        }
        if (begins_head(text)) return false;
        auto words = email::words_of(folded(text));
        if (words.size() <= longest_mark && is_mark(words)) return false;
        if (current_.text.empty()) current_.line = line;
        current_.is_plain = part.is_plain;
        (current_.text += text) += '\n';
        for (auto& word : words) {
            if (current_.words.size() >= most_words) break;
            current_.beginnings.add(word);
            current_.words.push_back(std::move(word));
        }
        return true;
    }

    bool is_mark(const std::vector<std::string>& words) const {
        const email::Beginnings beginnings(words);
        return std::ranges::any_of(copies_, [&](const auto& copy) { return copy.stands_in(words, beginnings); });
    }

    void end_paragraph() {
        if (current_.text.empty()) return;
        current_.addresses = addresses_in(current_.text, most_addresses);
        out_.paragraphs.push_back(std::move(current_));
        current_ = {};
    }

    const std::span<const email::Phrase> copies_;
    Told out_;
    Paragraph current_;
    std::size_t lines_ = 0;
};

}  // namespace

Told read_paragraphs(const Mail& mail, std::span<const email::Phrase> copies) {
    Reading reading(copies);
    for (const Part& part : mail.parts) {
        if (part.kind == PartKind::returned) break;
        if (part.kind == PartKind::text || part.kind == PartKind::html) reading.take(part);
    }
    return reading.told();
}

}  // namespace chapar::bounce

// Reads selectors.
#include "render/css/scan.hpp"
#include "render/css/stylesheet.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace chapar::css {

namespace {

constexpr unsigned one_id = 1u << 20, one_class = 1u << 10, one_tag = 1;
constexpr std::size_t most_compounds = 32;

/// What a reader does to an element, or parts that have no tag of their own.
constexpr std::array<std::string_view, 17> passing = {
    "hover",      "focus",   "active",      "visited",   "focus-within", "focus-visible",
    "target",     "checked", "disabled",    "before",    "first-letter", "after",
    "first-line", "enabled", "placeholder", "selection", "default"};

class SelectorReader {
  public:
    explicit SelectorReader(std::string_view text) : text_(trimmed(text)) {}
    /// nullopt: it is none, or never holds for an element at rest.
    std::optional<Selector> read();

  private:
    bool read_compound(Compound& compound);
    bool read_attribute(Compound& compound);
    bool read_pseudo(Compound& compound);
    char read_combinator();
    void skip_blanks() {
        while (at_ < text_.size() && is_blank(text_[at_]))
            ++at_;
    }
    bool skip(char wanted) {
        if (at_ >= text_.size() || text_[at_] != wanted) return false;
        ++at_;
        return true;
    }
    std::string_view text_;
    std::size_t at_ = 0;
    unsigned specificity_ = 0;
};

char SelectorReader::read_combinator() {
    char found = ' ';
    skip_blanks();
    if (at_ < text_.size() && (text_[at_] == '>' || text_[at_] == '+' || text_[at_] == '~')) {
        found = text_[at_++] == '>' ? '>' : '?';
        skip_blanks();
    }
    return found;
}

bool SelectorReader::read_attribute(Compound& compound) {
    AttributeTest test;
    ++at_;
    skip_blanks();
    test.name = lower(read_name(text_, at_));
    skip_blanks();
    if (test.name.empty() || at_ >= text_.size()) return false;
    if (text_[at_] != ']') {
        test.kind = text_[at_++];
        if (test.kind != '=' && !skip('=')) return false;
        if (std::string_view("=~|^$*").find(test.kind) == std::string_view::npos) return false;
        skip_blanks();
        if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
            const std::size_t end = skip_unit(text_, at_);
            if (end < at_ + 2) return false;
            test.value = text_.substr(at_ + 1, end - at_ - 2);
            at_ = end;
        } else {
            test.value = read_name(text_, at_);
        }
        skip_blanks();
        if (at_ < text_.size() && (text_[at_] == 'i' || text_[at_] == 'I')) {
            test.ignores_case = true;
            ++at_;
            skip_blanks();
        }
    }
    if (!skip(']')) return false;
    specificity_ += one_class;
    compound.attributes.push_back(std::move(test));
    return true;
}

bool SelectorReader::read_pseudo(Compound& compound) {
    const bool element = at_ + 1 < text_.size() && text_[at_ + 1] == ':';
    at_ += element ? 2 : 1;
    const std::string name = lower(read_name(text_, at_));
    const bool has_arguments = at_ < text_.size() && text_[at_] == '(';
    if (has_arguments) at_ = skip_unit(text_, at_);
    if (element || std::find(passing.begin(), passing.end(), name) != passing.end()) return false;
    specificity_ += one_class;
    compound.unsure = true;
    return true;
}

bool SelectorReader::read_compound(Compound& compound) {
    const std::size_t start = at_;
    if (at_ < text_.size() && text_[at_] == '*') {
        ++at_;
    } else {
        compound.tag = lower(read_name(text_, at_));
        if (!compound.tag.empty()) specificity_ += one_tag;
    }
    while (at_ < text_.size()) {
        const char c = text_[at_];
        if (c == '#' || c == '.') {
            ++at_;
            std::string name = read_name(text_, at_);
            if (name.empty()) return false;
            specificity_ += c == '#' ? one_id : one_class;
            if (c == '.') {
                compound.classes.push_back(std::move(name));
            } else if (compound.id.empty()) {
                compound.id = std::move(name);
            } else {
                compound.unsure = true;
            }
        } else if (c == '[') {
            if (!read_attribute(compound)) return false;
        } else if (c == ':') {
            if (!read_pseudo(compound)) return false;
        } else {
            break;
        }
    }
    return at_ > start;
}

std::optional<Selector> SelectorReader::read() {
    Selector made;
    if (text_.find(value_mark) != std::string_view::npos || text_.find(tag_mark) != std::string_view::npos) {
        made.compounds.push_back({{}, {}, {}, {}, true});
        made.specificity = one_id;
        return made;
    }
    for (;;) {
        Compound compound;
        if (!read_compound(compound)) return std::nullopt;
        made.compounds.push_back(std::move(compound));
        if (at_ >= text_.size()) break;
        const std::size_t before = at_;
        made.combinators += read_combinator();
        if (at_ == before || made.compounds.size() == most_compounds) return std::nullopt;
    }
    std::reverse(made.compounds.begin(), made.compounds.end());
    std::reverse(made.combinators.begin(), made.combinators.end());
    made.specificity = specificity_;
    return made;
}

}  // namespace

std::vector<Selector> parse_selectors(std::string_view text) {
    std::vector<Selector> all;
    std::size_t start = 0;
    for (std::size_t at = 0; at <= text.size();) {
        if (at < text.size() && text[at] != ',') {
            at = skip_unit(text, at);
            continue;
        }
        if (auto selector = SelectorReader(text.substr(start, at - start)).read()) all.push_back(std::move(*selector));
        start = ++at;
    }
    return all;
}

}  // namespace chapar::css

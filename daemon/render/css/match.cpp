// Whether a selector fits an element of which not everything may be known.
#include "render/css/inline.hpp"
#include "render/css/scan.hpp"

#include <algorithm>

namespace chapar::css {

namespace {

constexpr unsigned most_steps = 2000;  // for one selector and one element

bool has_word(std::string_view list, std::string_view word) {
    for (std::size_t at = 0; at < list.size();) {
        while (at < list.size() && is_blank(list[at]))
            ++at;
        std::size_t end = at;
        while (end < list.size() && !is_blank(list[end]))
            ++end;
        if (end > at && list.substr(at, end - at) == word) return true;
        at = end;
    }
    return false;
}

bool holds(const AttributeTest& test, const std::string& written) {
    const std::string value = test.ignores_case ? lower(written) : written;
    const std::string wanted = test.ignores_case ? lower(test.value) : test.value;
    switch (test.kind) {
        case 0:
            return true;
        case '=':
            return value == wanted;
        case '~':
            return !wanted.empty() && has_word(value, wanted);
        case '|':
            return value == wanted || value.starts_with(wanted + "-");
        case '^':
            return !wanted.empty() && value.starts_with(wanted);
        case '$':
            return !wanted.empty() && value.ends_with(wanted);
        default:
            return !wanted.empty() && value.find(wanted) != std::string::npos;
    }
}

/// Values of these attributes are compared without case in HTML.
bool ignores_case(std::string_view name) {
    constexpr std::string_view names[] = {"align", "bgcolor", "dir", "lang", "type", "valign", "color", "face"};
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

Fit fits_attribute(AttributeTest test, const Element& element) {
    const Attribute* found = element.attribute(test.name);
    if (found == nullptr) return element.open ? Fit::unsure : Fit::no;
    if ((found->dynamic && test.kind != 0) || element.open) return Fit::unsure;
    test.ignores_case = test.ignores_case || ignores_case(test.name);
    return holds(test, found->value) ? Fit::yes : Fit::no;
}

Fit fits_compound(const Compound& compound, const Element& element) {
    if (!compound.tag.empty() && compound.tag != element.tag) return Fit::no;
    Fit result = compound.unsure ? Fit::unsure : Fit::yes;
    if (!compound.id.empty()) result = std::min(result, fits_attribute({"id", '=', compound.id, false}, element));
    for (const std::string& name : compound.classes)
        result = std::min(result, fits_attribute({"class", '~', name, false}, element));
    for (const AttributeTest& test : compound.attributes)
        result = std::min(result, fits_attribute(test, element));
    return result;
}

class Matcher {
  public:
    Matcher(const Selector& selector, const std::vector<Element>& elements, std::size_t& work)
        : selector_(selector), elements_(elements), work_(work) {}
    Fit fit(std::size_t compound, std::size_t index);

  private:
    const Selector& selector_;
    const std::vector<Element>& elements_;
    std::size_t& work_;
    unsigned steps_ = 0;
};

Fit Matcher::fit(std::size_t compound, std::size_t index) {
    if (++steps_ > most_steps || work_ == 0) return Fit::unsure;
    --work_;
    const Fit own = fits_compound(selector_.compounds[compound], elements_[index]);
    if (own == Fit::no || compound + 1 == selector_.compounds.size()) return own;
    const char combinator = selector_.combinators[compound];
    if (combinator == '?') return Fit::unsure;
    Fit best = Fit::no;
    for (std::size_t up = elements_[index].parent; up != nowhere && best != Fit::yes; up = elements_[up].parent) {
        best = std::max(best, fit(compound + 1, up));
        if (combinator == '>') break;
    }
    return std::min(own, best);
}

}  // namespace

Fit fits(const Selector& selector, const std::vector<Element>& elements, std::size_t index, std::size_t& work) {
    return Matcher(selector, elements, work).fit(0, index);
}

}  // namespace chapar::css

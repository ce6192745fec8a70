#include "render/css/inline.hpp"

#include "render/css/scan.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace chapar::css {

namespace {

constexpr std::size_t most_comparisons = 20'000'000;
constexpr const char* too_much = "the page has too many rules and elements to write one into the other";

/// Nothing in them is drawn.
constexpr std::array<std::string_view, 9> undrawn = {"html", "head", "meta",   "title",   "style",
                                                     "link", "base", "script", "template"};

bool is_undrawn(std::string_view tag) { return std::find(undrawn.begin(), undrawn.end(), tag) != undrawn.end(); }

/// A rule with one of its selectors.
struct Candidate {
    const Selector* selector;
    const Rule* rule;
};

/// The text of a style element with the template language marked.
std::string sheet_text(const Page& page, const Element& style) {
    if (style.content == nowhere) return {};
    std::string text = page.html.substr(style.content, style.content_end - style.content);
    auto next = std::partition_point(page.dynamic.begin(), page.dynamic.end(),
                                     [&](const Span& s) { return s.end <= style.content; });
    for (; next != page.dynamic.end() && next->begin < style.content_end; ++next) {
        const Span& span = *next;
        const std::size_t begin = std::max(span.begin, style.content), end = std::min(span.end, style.content_end);
        for (std::size_t at = begin; at < end; ++at)
            text[at - style.content] = span.is_tag ? tag_mark : value_mark;
    }
    return text;
}

/// For all media, and not kept from us by the author.
bool is_for_all(const Element& style) {
    if (style.open || style.attribute("data-embed") != nullptr) return false;
    const Attribute* media = style.attribute("media");
    if (media == nullptr) return true;
    const std::string value = lower(trimmed(media->value));
    return !media->dynamic && (value.empty() || value == "all" || value == "screen");
}

struct Weighed {
    Declaration declaration;
    unsigned specificity;
    std::size_t order;
    bool certain;
};

/// The declarations that certainly hold for an element, as a browser ranks them.
std::vector<Declaration> winners(std::vector<Weighed> all) {
    std::stable_sort(all.begin(), all.end(), [](const Weighed& a, const Weighed& b) {
        return std::tie(a.declaration.important, a.specificity, a.order) <
               std::tie(b.declaration.important, b.specificity, b.order);
    });
    std::vector<const Declaration*> kept;  // null: another one won later
    std::unordered_map<std::string_view, std::size_t> places;
    for (const Weighed& one : all) {
        const Declaration& next = one.declaration;
        if (one.certain) {
            const auto [place, is_first] = places.try_emplace(next.property, kept.size());
            if (!is_first) kept[std::exchange(place->second, kept.size())] = nullptr;
            kept.push_back(&next);
            continue;
        }
        for (const Declaration*& earlier : kept)
            if (earlier != nullptr && are_related(earlier->property, next.property)) earlier = nullptr;
    }
    std::vector<Declaration> left;
    for (const Declaration* one : kept)
        if (one != nullptr) left.push_back(*one);
    return left;
}

/// Pays what it does from `work`; none is left: it was too much.
std::vector<Declaration> declarations_for(const std::vector<Candidate>& candidates,
                                          const std::vector<Element>& elements, std::size_t index, std::size_t& work) {
    std::vector<Weighed> found;
    for (std::size_t order = 0; order < candidates.size() && work > 0; ++order) {
        const Candidate& candidate = candidates[order];
        const Fit fit = fits(*candidate.selector, elements, index, work);
        if (fit == Fit::no) continue;
        // Each may be compared with all that were found before it.
        work -= std::min(work, candidate.rule->declarations.size() * (found.size() + 1));
        for (const Declaration& declaration : candidate.rule->declarations)
            found.push_back({declaration, candidate.selector->specificity, order,
                             fit == Fit::yes && !declaration.dynamic && !declaration.property.starts_with("--")});
    }
    return work == 0 ? std::vector<Declaration>{} : winners(std::move(found));
}

Styling styling_of(const Page& page, const Element& element) {
    Styling made;
    made.tag = element.offset;
    made.name_end = element.offset + 1;
    while (made.name_end < element.end && is_name(page.html[made.name_end]))
        ++made.name_end;
    if (const Attribute* style = element.attribute("style")) made.style = *style;
    return made;
}

/// For a style attribute in double quotes, or in `quote`.
std::string attribute_text(std::string_view value, char quote) {
    std::string text;
    for (const char c : value) {
        if (c == '&') {
            text += "&amp;";
        } else if (c == '<') {
            text += "&lt;";
        } else if (c == '"' && quote == '"') {
            text += value.find('\'') == std::string_view::npos ? "'" : "&quot;";
        } else if (c == '\'' && quote == '\'') {
            text += value.find('"') == std::string_view::npos ? "\"" : "&#39;";
        } else {
            text += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
        }
    }
    return text;
}

std::string joined(const std::vector<Declaration>& declarations, bool important, char quote,
                   const std::vector<Declaration>& existing) {
    std::string text;
    for (const Declaration& one : declarations) {
        if (one.important != important) continue;
        const bool stands = std::any_of(existing.begin(), existing.end(), [&](const Declaration& own) {
            return own.property == one.property && (!important || own.important);
        });
        if (stands) continue;
        if (!text.empty()) text += ';';
        text += attribute_text(one.property + ":" + one.value, quote);
    }
    return text;
}

}  // namespace

Styled style(const Page& page) {
    Styled done;
    if (page.html.find("<style") == std::string::npos && page.html.find("<STYLE") == std::string::npos) return done;
    const auto elements = read_tree(page.html, page.dynamic);
    if (!elements) {
        done.trouble = "the page is nested too deeply, or too long, to write its style sheets into its elements";
        return done;
    }
    std::vector<Rule> rules;
    for (const Element& element : *elements) {
        if (element.tag != "style" || !is_for_all(element)) continue;
        auto more = parse_stylesheet(sheet_text(page, element));
        std::move(more.begin(), more.end(), std::back_inserter(rules));
    }
    std::vector<Candidate> candidates;
    for (const Rule& rule : rules)
        for (const Selector& selector : rule.selectors)
            candidates.push_back({&selector, &rule});
    if (candidates.size() * elements->size() > most_comparisons) {
        done.trouble = too_much;
        return done;
    }
    std::size_t work = most_comparisons;
    for (std::size_t i = 0; i < elements->size() && work > 0; ++i) {
        const Element& element = (*elements)[i];
        if (element.offset == nowhere || is_undrawn(element.tag)) continue;
        Styling made = styling_of(page, element);
        if (!element.open) made.declarations = declarations_for(candidates, *elements, i, work);
        done.elements.push_back(std::move(made));
    }
    if (work == 0) {
        done.elements.clear();
        done.trouble = too_much;
    }
    return done;
}

std::vector<Declaration> agreed(const std::vector<Declaration>& a, const std::vector<Declaration>& b) {
    const auto holds = [](const std::vector<Declaration>& all, const Declaration& wanted) {
        return std::any_of(all.begin(), all.end(), [&](const Declaration& d) {
            return d.property == wanted.property && d.value == wanted.value && d.important == wanted.important;
        });
    };
    std::vector<Declaration> disputed;
    for (const Declaration& one : a)
        if (!holds(b, one)) disputed.push_back(one);
    for (const Declaration& one : b)
        if (!holds(a, one)) disputed.push_back(one);
    std::vector<Declaration> both = a;
    std::erase_if(both, [&](const Declaration& one) {
        return std::any_of(disputed.begin(), disputed.end(),
                           [&](const Declaration& d) { return are_related(one.property, d.property); });
    });
    return both;
}

std::vector<Edit> edits_for(const Styling& styling, std::string_view page) {
    if (styling.declarations.empty()) return {};
    const Attribute& own = styling.style;
    if (own.begin == nowhere) {
        if (!own.name.empty()) return {};  // an empty attribute: the author's word
        const std::string weak = joined(styling.declarations, false, '"', {});
        const std::string strong = joined(styling.declarations, true, '"', {});
        const std::string between = !weak.empty() && !strong.empty() ? ";" : "";
        return {{styling.name_end, 0, " style=\"" + weak + between + strong + "\""}};
    }
    const char quote = page[own.begin];
    if (quote != '"' && quote != '\'') {
        if (own.dynamic) return {};
        Styling quoted = styling;
        const std::string value = "\"" + attribute_text(own.value, '"') + "\"";
        quoted.style.begin = 0;
        quoted.style.end = value.size();
        std::string text = value;
        auto edits = edits_for(quoted, value);
        for (auto edit = edits.rbegin(); edit != edits.rend(); ++edit)
            text.replace(edit->offset, edit->removed, edit->text);
        return {{own.begin, own.end - own.begin, text}};
    }
    // What stands there stays as it is, between what it overrides and what overrides it.
    const auto existing = own.dynamic ? std::vector<Declaration>{} : parse_declarations(own.value);
    const std::string weak = joined(styling.declarations, false, quote, existing);
    const std::string strong = joined(styling.declarations, true, quote, existing);
    const bool is_empty = trimmed(page.substr(own.begin + 1, own.end - own.begin - 2)).empty();
    std::vector<Edit> edits;
    if (!weak.empty()) edits.push_back({own.begin + 1, 0, weak + (is_empty ? "" : ";")});
    if (!strong.empty()) {
        const bool closed = is_empty ? weak.empty() : page[own.end - 2] == ';' && !own.dynamic;
        edits.push_back({own.end - 1, 0, (closed ? "" : ";") + strong});
    }
    return edits;
}

}  // namespace chapar::css

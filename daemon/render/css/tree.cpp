#include "render/css/tree.hpp"

#include "render/css/scan.hpp"

#include <gumbo.h>

#include <algorithm>
#include <array>
#include <memory>

namespace chapar::css {

namespace {

constexpr std::size_t max_tags = 30'000, max_depth = 300, max_open_formats = 40, max_tag_bytes = 16u << 10;

constexpr std::array<std::string_view, 14> formats = {"a", "b",    "big", "code",  "em",     "font",   "i",
                                                      "s", "nobr", "tt",  "small", "strike", "strong", "u"};
constexpr std::array<std::string_view, 14> voids = {"area", "base",  "br",   "col",   "embed",  "hr",    "img",
                                                    "link", "input", "meta", "param", "source", "track", "wbr"};

template <class Names>
bool is_one_of(std::string_view name, const Names& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// Gumbo's work grows with nesting times open formatting times elements, and with the square of a tag's attributes.
class Gauge {
  public:
    explicit Gauge(std::string_view page) : page_(page) {}
    bool is_bearable();

  private:
    bool take(std::string_view name, bool closes);
    std::string_view page_;
    std::vector<std::string> open_;
    std::size_t formats_ = 0, tags_ = 0;
};

bool Gauge::take(std::string_view written, bool closes) {
    const std::string name = lower(written);
    if (++tags_ > max_tags) return false;
    if (!closes) {
        if (is_one_of(name, voids)) return true;
        open_.push_back(name);
        if (is_one_of(name, formats)) ++formats_;
    } else if (const auto found = std::find(open_.rbegin(), open_.rend(), name); found != open_.rend()) {
        open_.erase(std::next(found).base());
        if (is_one_of(name, formats)) --formats_;
    }
    return open_.size() <= max_depth && formats_ <= max_open_formats;
}

bool Gauge::is_bearable() {
    for (std::size_t at = page_.find('<'); at != std::string_view::npos; at = page_.find('<', at + 1)) {
        const bool closes = at + 1 < page_.size() && page_[at + 1] == '/';
        const std::size_t begin = at + (closes ? 2 : 1);
        std::size_t end = begin;
        while (end < page_.size() && is_name(page_[end]))
            ++end;
        if (end == begin) continue;
        if (!take(page_.substr(begin, end - begin), closes)) return false;
        const std::size_t close = page_.find('>', end);
        if (std::min(close, page_.size()) - at > max_tag_bytes) return false;
    }
    return true;
}

class TreeReader {
  public:
    TreeReader(std::string_view page, const std::vector<Span>& dynamic) : page_(page), dynamic_(dynamic) {}
    std::vector<Element> read();

  private:
    void add(const GumboNode& node, std::size_t parent);
    void add_attributes(const GumboElement& from, Element& to) const;
    void mark_dynamic(Element& element) const;
    std::size_t offset_of(const GumboStringPiece& piece) const {
        return static_cast<std::size_t>(piece.data - page_.data());
    }
    std::string_view page_;
    const std::vector<Span>& dynamic_;
    std::vector<Element> all_;
    struct Waiting {
        const GumboNode* node;
        std::size_t parent;
    };
    std::vector<Waiting> waiting_;
};

void TreeReader::add_attributes(const GumboElement& from, Element& to) const {
    for (unsigned i = 0; i < from.attributes.length; ++i) {
        const auto& written = *static_cast<const GumboAttribute*>(from.attributes.data[i]);
        Attribute made{lower(written.name), written.value, nowhere, nowhere, false};
        if (written.original_value.length > 0) {
            made.begin = offset_of(written.original_value);
            made.end = made.begin + written.original_value.length;
        }
        to.attributes.push_back(std::move(made));
    }
}

/// Template language within a value makes that value unknown; anywhere else in the tag, all of it.
void TreeReader::mark_dynamic(Element& element) const {
    auto span = std::upper_bound(dynamic_.begin(), dynamic_.end(), element.offset,
                                 [](std::size_t at, const Span& s) { return at < s.end; });
    for (; span != dynamic_.end() && span->begin < element.end; ++span) {
        const auto holder = std::find_if(element.attributes.begin(), element.attributes.end(), [&](const Attribute& a) {
            return a.begin != nowhere && a.begin <= span->begin && span->end <= a.end;
        });
        if (holder == element.attributes.end()) {
            element.open = true;
        } else {
            holder->dynamic = true;
        }
    }
}

void TreeReader::add(const GumboNode& node, std::size_t parent) {
    const GumboVector* children = nullptr;
    std::size_t index = parent;
    if (node.type == GUMBO_NODE_ELEMENT || node.type == GUMBO_NODE_TEMPLATE) {
        const GumboElement& from = node.v.element;
        Element made;
        GumboStringPiece name = from.original_tag;
        gumbo_tag_from_original_text(&name);
        made.tag = from.tag != GUMBO_TAG_UNKNOWN ? std::string(gumbo_normalized_tagname(from.tag))
                                                 : lower({name.data, name.length});
        made.parent = parent;
        add_attributes(from, made);
        if (from.original_tag.length > 0 && from.original_tag.data != nullptr) {
            made.offset = offset_of(from.original_tag);
            made.end = made.offset + from.original_tag.length;
            mark_dynamic(made);
        }
        children = &from.children;
        index = all_.size();
        all_.push_back(std::move(made));
    } else if (node.type == GUMBO_NODE_DOCUMENT) {
        children = &node.v.document.children;
    } else if ((node.type == GUMBO_NODE_TEXT || node.type == GUMBO_NODE_CDATA) && parent != nowhere) {
        Element& around = all_[parent];
        around.has_text = true;
        if (around.content == nowhere && node.v.text.original_text.data != nullptr) {
            around.content = offset_of(node.v.text.original_text);
            around.content_end = around.content + node.v.text.original_text.length;
        }
    }
    if (children == nullptr) return;
    for (unsigned i = children->length; i > 0; --i)
        waiting_.push_back({static_cast<const GumboNode*>(children->data[i - 1]), index});
}

std::vector<Element> TreeReader::read() {
    GumboOptions options = kGumboDefaultOptions;
    options.max_errors = 0;
    const auto destroy = [&options](GumboOutput* output) { gumbo_destroy_output(&options, output); };
    const std::unique_ptr<GumboOutput, decltype(destroy)> parsed(
        gumbo_parse_with_options(&options, page_.data(), page_.size()), destroy);
    waiting_.push_back({parsed->document, nowhere});
    while (!waiting_.empty()) {
        const Waiting next = waiting_.back();
        waiting_.pop_back();
        add(*next.node, next.parent);
    }
    return std::move(all_);
}

}  // namespace

const Attribute* Element::attribute(std::string_view name) const {
    const auto found =
        std::find_if(attributes.begin(), attributes.end(), [&](const Attribute& a) { return a.name == name; });
    return found == attributes.end() ? nullptr : &*found;
}

std::optional<std::vector<Element>> read_tree(std::string_view page, const std::vector<Span>& dynamic) {
    if (!Gauge(page).is_bearable()) return std::nullopt;
    return TreeReader(page, dynamic).read();
}

}  // namespace chapar::css

#include "render/page_sources.hpp"

#include "render/compiled.hpp"
#include "render/html_text.hpp"
#include "render/lint_source.hpp"
#include "render/liquid_spans.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

namespace chapar::render {

namespace {

constexpr std::size_t max_page_bytes = 1u << 20, max_partials = 2000, max_pieces = 20'000;
constexpr int max_depth = 12;

using Kind = LiquidSpan::Kind;

/// A page as one text, as if every branch were taken once.
class Assembly {
  public:
    struct Piece {
        std::size_t page = 0, offset = 0, size = 0;  // where in the page, where in the source
        const PageSource* source = nullptr;
    };
    Assembly(PageSources& sources, const std::string& body) : sources_(sources), body_(sources.find(body)) {
        if (body_ != nullptr) index_blocks();
    }
    /// False: it is too long.
    bool add(const PageSource& source);
    const css::Page& page() const { return page_; }
    /// What stands at `offset` of the page; nullptr: nothing of a file.
    const Piece* find(std::size_t offset) const;

  private:
    /// What stands from `begin` to `end`, with the spans from number `first` on.
    bool add(const PageSource& source, const std::vector<LiquidSpan>& spans, std::size_t first, std::size_t begin,
             std::size_t end);
    bool add_span(const PageSource& source, const LiquidSpan& span);
    bool add_partial(const LiquidSpan& span);
    bool add_blocks(std::string_view name);
    void index_blocks();
    void append(const PageSource& source, std::size_t begin, std::size_t end);

    PageSources& sources_;
    const PageSource* body_;
    std::vector<LiquidSpan> body_spans_;
    std::map<std::string_view, std::vector<std::size_t>> blocks_;  // by name: the spans of the body that open them
    css::Page page_;
    std::vector<Piece> pieces_;
    int depth_ = 0;
    std::size_t partials_ = 0, pieces_added_ = 0;
};

const Assembly::Piece* Assembly::find(std::size_t offset) const {
    const auto after = std::upper_bound(pieces_.begin(), pieces_.end(), offset,
                                        [](std::size_t at, const Piece& piece) { return at < piece.page; });
    if (after == pieces_.begin()) return nullptr;
    const Piece& piece = *std::prev(after);
    return offset < piece.page + piece.size ? &piece : nullptr;
}

void Assembly::append(const PageSource& source, std::size_t begin, std::size_t end) {
    if (begin >= end) return;
    pieces_.push_back({page_.html.size(), begin, end - begin, &source});
    page_.html.append(source.text, begin, end - begin);
}

/// The span that closes the block that spans[open] opens; the last one when nothing does.
std::size_t closing(const std::vector<LiquidSpan>& spans, std::size_t open) {
    std::size_t at = open + 1;
    while (at < spans.size() && (spans[at].kind != Kind::tag || spans[at].name != "endcontent_for"))
        ++at;
    return std::min(at, spans.size() - 1);
}

bool is_block(const LiquidSpan& span) { return span.kind == Kind::tag && span.name == "content_for"; }

bool Assembly::add_partial(const LiquidSpan& span) {
    const std::string_view name = leading_literal(span.markup);
    if (!is_plain_name(name) || ++partials_ > max_partials) return true;
    const PageSource* partial = sources_.find(fmt::format("_partials/{}.liquid", name));
    return partial == nullptr || add(*partial);
}

bool Assembly::add_blocks(std::string_view name) {
    const auto found = blocks_.find(name);
    if (found == blocks_.end()) return true;
    return std::ranges::all_of(found->second, [&](std::size_t i) {
        return add(*body_, body_spans_, i + 1, body_spans_[i].end, body_spans_[closing(body_spans_, i)].begin);
    });
}

void Assembly::index_blocks() {
    body_spans_ = liquid_spans(body_->text);
    for (std::size_t i = 0; i < body_spans_.size(); ++i)
        if (is_block(body_spans_[i])) blocks_[leading_literal(body_spans_[i].markup)].push_back(i);
}

bool Assembly::add_span(const PageSource& source, const LiquidSpan& span) {
    constexpr std::string_view block = "content_for.";
    const bool is_output = span.kind == Kind::output;
    const std::size_t begin = page_.html.size();
    append(source, span.begin, span.end);
    page_.dynamic.push_back({begin, page_.html.size(), !is_output});
    for (std::size_t i = begin; i < page_.html.size(); ++i)
        if (page_.html[i] != '\n') page_.html[i] = is_output ? '_' : ' ';
    if (span.kind == Kind::tag && (span.name == "include" || span.name == "render")) return add_partial(span);
    if (!is_output || &source == body_ || body_ == nullptr) return true;
    if (span.name.starts_with(block)) return add_blocks(span.name.substr(block.size()));
    return (span.name != "content" && span.name != "content_for_layout") || add(*body_);
}

bool Assembly::add(const PageSource& source, const std::vector<LiquidSpan>& spans, std::size_t first, std::size_t begin,
                   std::size_t end) {
    if (depth_ >= max_depth || ++pieces_added_ > max_pieces) return depth_ >= max_depth;
    ++depth_;
    bool fits = true;
    std::size_t at = begin;
    for (std::size_t i = first; i < spans.size() && spans[i].begin < end && fits; ++i) {
        const LiquidSpan& span = spans[i];
        if (span.begin < at || span.end > end) continue;
        append(source, at, span.begin);
        at = span.end;
        fits = add_span(source, span) && page_.html.size() <= max_page_bytes;
        // What is made for a place in the layout stands there.
        if (is_block(span)) at = std::max(at, spans[closing(spans, i)].begin);
    }
    if (fits) append(source, at, end);
    --depth_;
    return fits && page_.html.size() <= max_page_bytes;
}

bool Assembly::add(const PageSource& source) {
    return add(source, &source == body_ ? body_spans_ : liquid_spans(source.text), 0, 0, source.text.size());
}

void rewrite(PageSource& source, const std::vector<Replacement>& edits) {
    if (edits.empty()) return;
    Replaced done = replace(source.text, edits);
    source.map = done.map.through(source.map);
    source.text = std::move(done.text);
}

}  // namespace

const PageSource* PageSources::find(const std::string& path) {
    if (const auto known = sources_.find(path); known != sources_.end()) return &known->second;
    const std::string* text = shared_(path);
    if (text == nullptr) return nullptr;
    return &sources_.emplace(path, PageSource{path, *text, {0, text->size()}}).first->second;
}

std::string PageSources::look(const std::string& body, const std::string& layout, bool wanted) {
    Assembly assembly(*this, body);
    const PageSource* start = find(layout.empty() ? body : layout);
    if (start == nullptr) return {};
    if (!assembly.add(*start)) return "the page is too long to write its style sheets into its elements";
    css::Styled styled = css::style(assembly.page());
    if (!styled.trouble.empty()) return std::move(styled.trouble);
    for (css::Styling& styling : styled.elements) {
        const Assembly::Piece* piece = assembly.find(styling.tag);
        if (piece == nullptr) continue;
        const std::size_t tag = styling.tag - piece->page + piece->offset;
        // From here on the offsets are the source's own; a tag that is pieced together was left alone.
        const auto moved = [&](std::size_t at) { return at == css::nowhere ? at : at - styling.tag + tag; };
        styling.name_end = moved(styling.name_end);
        styling.style.begin = moved(styling.style.begin);
        styling.style.end = moved(styling.style.end);
        styling.tag = tag;
        if (!wanted) styling.declarations.clear();
        auto& known = styled_[piece->source];
        const auto [entry, is_new] = known.try_emplace(tag, styling);
        if (!is_new) entry->second.declarations = css::agreed(entry->second.declarations, styling.declarations);
    }
    return {};
}

void PageSources::finish() {
    for (auto& [path, source] : sources_) {
        const auto styled = styled_.find(&source);
        if (styled == styled_.end()) continue;
        std::vector<css::Edit> written;
        for (const auto& [tag, styling] : styled->second) {
            auto edits = css::edits_for(styling, source.text);
            std::move(edits.begin(), edits.end(), std::back_inserter(written));
        }
        std::vector<Replacement> edits;
        edits.reserve(written.size());
        for (const css::Edit& edit : written)
            edits.push_back({edit.offset, edit.removed, edit.text});
        rewrite(source, edits);
    }
    styled_.clear();
}

void PageSources::mark_origins() {
    std::size_t number = 0;
    for (auto& [path, source] : sources_) {
        const std::string masked = mask_liquid(source.text);
        std::vector<std::string> marks;
        std::vector<std::size_t> places;
        HtmlReader reader(masked);
        for (const HtmlToken* token = &reader.next(); token->kind != HtmlToken::Kind::finished;
             token = &reader.next()) {
            if (token->kind != HtmlToken::Kind::start) continue;
            places.push_back(token->offset + 1 + token->name.size());
            marks.push_back(
                fmt::format(" {}=\"{}:{}\"", origin_attribute, number, source.map.file_offset(token->offset)));
        }
        std::vector<Replacement> edits;
        edits.reserve(marks.size());
        for (std::size_t i = 0; i < marks.size(); ++i)
            edits.push_back({places[i], 0, marks[i]});
        rewrite(source, edits);
        ++number;
    }
}

std::vector<std::string> PageSources::paths() const {
    std::vector<std::string> all;
    all.reserve(sources_.size());
    for (const auto& [path, source] : sources_)
        all.push_back(path);
    return all;
}

}  // namespace chapar::render

#include "render/blocks.hpp"

#include "render/line_index.hpp"
#include "render/lint_source.hpp"
#include "render/liquid_spans.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace chapar::render {

namespace {

using Kind = LiquidSpan::Kind;
constexpr std::string_view opening = "content_for", closing = "endcontent_for", prefix = "content_for.";

bool is_variable_name(std::string_view name) {
    return !name.empty() &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
               std::string_view::npos;
}

bool is_tag(const LiquidSpan& span, std::string_view name) { return span.kind == Kind::tag && span.name == name; }

Blocks* blocks_of(liquid::Context& context) {
    const void* host = context.options().host;
    Blocks* found =
        host == nullptr ? nullptr : static_cast<const RenderingHost*>(static_cast<const Language*>(host))->blocks;
    if (found == nullptr) context.fail("'content_for' belongs into the body of a mail");
    return found;
}

}  // namespace

void open_block(liquid::Context& context, liquid::Value name) {
    if (Blocks* blocks = blocks_of(context)) blocks->open(context, context.text_of(name));
}

void close_block(liquid::Context& context, liquid::Value) {
    if (Blocks* blocks = blocks_of(context)) blocks->close(context);
}

void Blocks::open(liquid::Context& context, std::string_view name) {
    open_.push_back({std::string(name), context.written()});
}

void Blocks::close(liquid::Context& context) {
    if (open_.empty()) {
        context.fail("'endcontent_for' without a 'content_for' before it");
        return;
    }
    const Open block = std::move(open_.back());
    open_.pop_back();
    if (context.written() < block.from) {
        context.fail("'content_for' and its 'endcontent_for' must both stand within a capture, or both outside");
        return;
    }
    const std::string text = context.take_back(block.from);
    if (!context.charge_memory(text.size())) return;
    const auto known =
        std::find_if(filled_.begin(), filled_.end(), [&](const Block& b) { return b.name == block.name; });
    if (known == filled_.end()) {
        filled_.push_back({block.name, text});
    } else {
        known->text += text;
    }
}

std::optional<std::string> Blocks::left_open() const {
    return open_.empty() ? std::nullopt : std::optional(open_.back().name);
}

std::optional<Trouble> check_blocks(std::string_view body) {
    std::optional<Place> open;
    const LineIndex lines(body);
    for (const LiquidSpan& span : liquid_spans(body)) {
        const Place place = lines.place(span.begin);
        if (is_tag(span, opening)) {
            if (open) return Trouble{place, "'content_for' within another one"};
            const std::string_view name = leading_literal(span.markup);
            if (span.markup.size() != name.size() + 2 || !is_variable_name(name))
                return Trouble{place, "write it as content_for 'name', with a name of letters, digits, '-' and '_'"};
            open = place;
        } else if (is_tag(span, closing)) {
            if (!open) return Trouble{place, "'endcontent_for' without a 'content_for' before it"};
            open.reset();
        }
    }
    if (open) return Trouble{*open, "'content_for' tag was never closed"};
    return std::nullopt;
}

std::optional<Trouble> find_block(std::string_view source) {
    if (source.find(opening) == std::string_view::npos) return std::nullopt;
    for (const LiquidSpan& span : liquid_spans(source))
        if (is_tag(span, opening) || is_tag(span, closing))
            return Trouble{
                place_at(source, span.begin),
                fmt::format("'{}' belongs into the body of a mail; a layout shows it as {{{{ content_for.name }}}}",
                            span.name)};
    return std::nullopt;
}

std::vector<BlockName> filled_blocks(std::string_view body) {
    std::vector<BlockName> all;
    const LineIndex lines(body);
    for (const LiquidSpan& span : liquid_spans(body))
        if (is_tag(span, opening))
            all.push_back({std::string(leading_literal(span.markup)), lines.place(span.begin), false});
    return all;
}

std::vector<BlockName> block_places(std::string_view layout) {
    std::vector<BlockName> all;
    std::set<std::string, std::less<>> guarded;
    const LineIndex lines(layout);
    for (const LiquidSpan& span : liquid_spans(layout)) {
        if (span.kind == Kind::comment) continue;
        const std::string_view text = layout.substr(span.begin, span.end - span.begin);
        for (std::size_t at = text.find(prefix); at != std::string_view::npos; at = text.find(prefix, at + 1)) {
            std::size_t end = at + prefix.size();
            while (end < text.size() && is_variable_name(text.substr(end, 1)))
                ++end;
            std::string name(text.substr(at + prefix.size(), end - at - prefix.size()));
            if (name.ends_with('-')) name.pop_back();
            if (span.kind == Kind::tag || text.find("default") != std::string_view::npos) guarded.insert(name);
            all.push_back({std::move(name), lines.place(span.begin + at), false});
        }
    }
    for (BlockName& place : all)
        place.guarded = guarded.contains(place.name);
    return all;
}

}  // namespace chapar::render

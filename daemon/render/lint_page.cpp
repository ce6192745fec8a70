#include "render/lint_page.hpp"

#include "render/css/inline.hpp"
#include "render/css/scan.hpp"
#include "render/html_text.hpp"
#include "render/lint_source.hpp"
#include "render/liquid_spans.hpp"
#include "render/page_sources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace chapar::render {

namespace {

template <class Names>
bool is_one_of(std::string_view name, const Names& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::string_view, 11> unsupported = {"script", "form",  "iframe", "object", "embed", "applet",
                                                          "video",  "audio", "input",  "canvas", "base"};
/// Elements that must be closed; those that HTML closes by itself are not here.
constexpr std::array<std::string_view, 24> closed = {"a",     "b",  "center", "div", "em",    "font", "h1",   "h2",
                                                     "h3",    "h4", "h5",     "h6",  "i",     "ol",   "span", "strong",
                                                     "table", "u",  "ul",     "s",   "small", "big",  "code", "pre"};

/// "3:120"
Origins read_mark(std::string_view mark) {
    std::size_t file = 0, offset = 0;
    const std::size_t colon = mark.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::from_chars(mark.data(), mark.data() + colon, file);
    std::from_chars(mark.data() + colon + 1, mark.data() + mark.size(), offset);
    return std::pair(file, offset);
}

Origins origin_of(const css::Element& element) {
    const css::Attribute* mark = element.attribute(origin_attribute);
    return mark == nullptr ? std::nullopt : read_mark(mark->value);
}

/// "https" of "https://..."; empty: the address is relative.
std::string scheme_of(std::string_view address) {
    const std::size_t colon = address.find_first_of(":/?#");
    if (colon == std::string_view::npos || address[colon] != ':') return {};
    return css::lower(address.substr(0, colon));
}

/// Its bytes as a browser asks for it: an ampersand's entity is one, what is not ASCII is percent-encoded.
std::size_t sent_length(std::string_view address) {
    constexpr std::string_view entity = "&amp;";
    std::size_t length = 0;
    for (std::size_t at = 0; at < address.size(); ++at) {
        if (address.substr(at).starts_with(entity)) at += entity.size() - 1;
        const auto byte = static_cast<unsigned char>(address[at]);
        if (byte == '\t' || byte == '\n' || byte == '\r') continue;
        length += byte <= ' ' || byte >= 0x7F ? 3 : 1;
    }
    return length;
}

class PageReader {
  public:
    PageReader(std::string_view html, PageReport& report) : html_(html), report_(report) {}
    void run();

  private:
    void look_at(const css::Element& element);
    void look_at_image(const css::Element& element);
    void look_at_link(const css::Element& element);
    void look_at_address(const css::Element& element, std::string_view what, std::string_view address);
    void look_at_style(const css::Element& style, const std::vector<css::Element>& all);
    void look_at_media(const css::Element& style, std::string_view sheet, const std::vector<css::Element>& all);
    std::string_view html_;
    PageReport& report_;
    std::size_t media_work_ = 10'000'000;  // steps of comparing declarations with elements
};

void PageReader::look_at_image(const css::Element& element) {
    if (element.attribute("alt") == nullptr) report_.say(origin_of(element), "image-alt", std::string(no_alt));
    if (element.attribute("width") == nullptr) report_.say(origin_of(element), "image-width", std::string(no_width));
    const css::Attribute* width = element.attribute("width");
    if (std::string wide = too_wide(width == nullptr ? "" : width->value); !wide.empty())
        report_.say(origin_of(element), "image-wide", std::move(wide));
    const css::Attribute* address = element.attribute("src");
    if (address == nullptr) return;
    if (css::lower(address->value.substr(0, 5)) == "data:") {
        report_.say(
            origin_of(element), "image-data",
            fmt::format("{} KB of image stand in the mail itself, which Gmail does not show: put the image on a "
                        "server and name its https:// address",
                        address->value.size() / 1024));
        return;
    }
    look_at_address(element, "image", address->value);
}

void PageReader::look_at_address(const css::Element& element, std::string_view what, std::string_view address) {
    const std::string scheme = scheme_of(address);
    if (scheme == "http")
        report_.say(origin_of(element), "link-insecure",
                    fmt::format("this {} goes by http, in the clear; say https", what));
    if (scheme.empty() && !address.starts_with('#') && !address.starts_with("//"))
        report_.say(origin_of(element), "link-relative",
                    fmt::format("'{}' is no whole address: in a mail this {} leads nowhere", address, what));
}

void PageReader::look_at_link(const css::Element& element) {
    const css::Attribute* address = element.attribute("href");
    if (address == nullptr) return;  // an anchor
    const std::string_view written = css::trimmed(address->value);
    if (written.empty() || written == "#") {
        report_.say(origin_of(element), "link-empty", "this link leads nowhere");
        return;
    }
    look_at_address(element, "link", written);
    const css::Attribute* tracked = element.attribute("data-chapar-track");
    const bool is_off = tracked != nullptr && css::lower(css::trimmed(tracked->value)) == "off";
    const auto scheme = scheme_of(written);
    if (is_off || (scheme != "https" && scheme != "http")) return;
    if (const auto length = sent_length(written); length > longest_counted_address)
        report_.say(origin_of(element), "link-long",
                    fmt::format("this link has {} bytes; beyond {} it leaves as it is and nobody's clicks on it are "
                                "counted: name a shorter address that leads there, or say data-chapar-track=\"off\"",
                                length, longest_counted_address));
}

/// The insides of `@media` blocks that hold on a screen.
std::vector<std::string_view> media_blocks(std::string_view sheet) {
    std::vector<std::string_view> found;
    for (std::size_t at = sheet.find("@media"); at != std::string_view::npos; at = sheet.find("@media", at)) {
        const std::size_t open = sheet.find('{', at);
        if (open == std::string_view::npos) break;
        const std::string_view question = sheet.substr(at, open - at);
        std::size_t depth = 1, end = open + 1;
        for (; end < sheet.size() && depth > 0; ++end)
            depth += sheet[end] == '{' ? 1u : (sheet[end] == '}' ? static_cast<std::size_t>(-1) : 0u);
        if (question.find("print") == std::string_view::npos)
            found.push_back(sheet.substr(open + 1, end - open - (depth == 0 ? 2 : 1)));
        at = end;
    }
    return found;
}

void PageReader::look_at_media(const css::Element& style, std::string_view sheet,
                               const std::vector<css::Element>& all) {
    const std::string text = css::without_comments(sheet);
    for (const std::string_view block : media_blocks(text))
        for (const css::Rule& rule : css::parse_stylesheet(block))
            for (const css::Declaration& said : rule.declarations) {
                if (said.important || all.size() > media_work_) continue;
                media_work_ -= all.size();
                const auto loses = [&](std::size_t index) {
                    const css::Attribute* own = all[index].attribute("style");
                    if (own != nullptr) media_work_ -= std::min(media_work_, own->value.size());
                    if (own == nullptr || media_work_ == 0 ||
                        own->value.find(said.property.substr(0, said.property.find('-'))) == std::string::npos)
                        return false;
                    const auto set = css::parse_declarations(own->value);
                    return std::any_of(set.begin(), set.end(),
                                       [&](const css::Declaration& d) {
                                           return css::are_related(d.property, said.property);
                                       }) &&
                           std::any_of(rule.selectors.begin(), rule.selectors.end(), [&](const css::Selector& s) {
                               return css::fits(s, all, index, media_work_) == css::Fit::yes;
                           });
                };
                for (std::size_t i = 0; i < all.size(); ++i) {
                    if (!loses(i)) continue;
                    report_.say(origin_of(style), "css-important",
                                fmt::format("'{}: {}' within @media loses against the style attribute of <{}>: write "
                                            "!important",
                                            said.property, said.value, all[i].tag));
                    break;
                }
            }
}

void PageReader::look_at_style(const css::Element& style, const std::vector<css::Element>& all) {
    if (style.content == css::nowhere) return;
    const std::string_view sheet = html_.substr(style.content, style.content_end - style.content);
    if (sheet.find("@import") != std::string_view::npos)
        report_.say(origin_of(style), "external-style", "@import brings nothing in most mail clients");
    look_at_media(style, sheet, all);
}

void PageReader::look_at(const css::Element& element) {
    if (const auto origin = origin_of(element)) report_.seen.insert(*origin);
    if (element.tag == "img") look_at_image(element);
    if (element.tag == "a" || element.tag == "area") look_at_link(element);
    if (is_one_of(element.tag, unsupported))
        report_.say(origin_of(element), "unsupported-element",
                    fmt::format("<{}> is taken out by mail clients", element.tag));
    const css::Attribute* relation = element.tag == "link" ? element.attribute("rel") : nullptr;
    if (relation != nullptr && css::lower(relation->value).find("stylesheet") != std::string::npos)
        report_.say(origin_of(element), "external-style", "most mail clients load no style sheet from outside");
}

void read_nesting(std::string_view html, PageReport& report) {
    struct Open {
        std::size_t name;  // in `closed`
        Origins origin;
    };
    std::vector<Open> open;
    std::array<std::size_t, closed.size()> counts{};  // of each name in `open`, so that a search always ends in a find
    Origins last;
    HtmlReader reader(html);
    for (const HtmlToken* token = &reader.next(); token->kind != HtmlToken::Kind::finished; token = &reader.next()) {
        const bool starts = token->kind == HtmlToken::Kind::start;
        if (starts) last = read_mark(reader.attribute(origin_attribute));
        const auto name = static_cast<std::size_t>(std::ranges::find(closed, token->name) - closed.begin());
        if ((!starts && token->kind != HtmlToken::Kind::end) || name == closed.size()) continue;
        if (starts) {
            open.push_back({name, last});
            ++counts[name];
            continue;
        }
        if (counts[name] == 0) {
            report.say(last, "html-unclosed", fmt::format("</{}> after this closes nothing", closed[name]));
            continue;
        }
        for (; open.back().name != name; open.pop_back()) {
            report.say(open.back().origin, "html-unclosed",
                       fmt::format("<{}> is not closed before </{}>", closed[open.back().name], closed[name]));
            --counts[open.back().name];
        }
        open.pop_back();
        --counts[name];
    }
    for (const Open& left : open)
        report.say(left.origin, "html-unclosed", fmt::format("<{}> is never closed", closed[left.name]));
}

void PageReader::run() {
    const auto elements = css::read_tree(html_);
    if (!elements) return;
    for (const css::Element& element : *elements) {
        look_at(element);
        if (element.tag == "style") look_at_style(element, *elements);
    }
}

}  // namespace

void look_at_page(std::string_view html, PageReport& report) { PageReader(html, report).run(); }

void look_at_nesting(std::string_view html, PageReport& report) { read_nesting(html, report); }

std::string too_wide(std::string_view width) {
    constexpr unsigned widest = 600;  // what mail clients give a mail on a desk
    unsigned pixels = 0;
    const auto read = std::from_chars(width.data(), width.data() + width.size(), pixels);
    const std::string_view unit = width.substr(static_cast<std::size_t>(read.ptr - width.data()));
    if (read.ec != std::errc() || (!unit.empty() && unit != "px") || pixels <= widest) return {};
    return fmt::format("the image is {} pixels wide, and a mail {}: write width=\"{}\"", pixels, widest, widest);
}

std::vector<SourceImage> images_in(std::string_view source) {
    std::vector<SourceImage> found;
    const std::string masked = mask_liquid(source);
    HtmlReader reader(masked);
    for (const HtmlToken* token = &reader.next(); token->kind != HtmlToken::Kind::finished; token = &reader.next())
        if (token->kind == HtmlToken::Kind::start && token->name == "img")
            found.push_back({token->offset, reader.has_attribute("alt"), reader.has_attribute("width"),
                             too_wide(reader.attribute("width"))});
    return found;
}

std::vector<std::size_t> unquoted_outputs(std::string_view source) {
    std::vector<std::size_t> found;
    const std::string masked = mask_liquid(source);
    const std::vector<LiquidSpan> spans = liquid_spans(source);
    auto span = spans.begin();
    HtmlReader reader(masked);
    for (const HtmlToken* token = &reader.next(); token->kind != HtmlToken::Kind::finished; token = &reader.next()) {
        if (token->kind != HtmlToken::Kind::start) continue;
        for (const HtmlAttribute& attribute : reader.attributes()) {
            if (attribute.value.empty()) continue;
            const auto begin = static_cast<std::size_t>(attribute.value.data() - masked.data());
            if (masked[begin - 1] == '"' || masked[begin - 1] == '\'') continue;
            while (span != spans.end() && (span->begin < begin || span->kind != LiquidSpan::Kind::output))
                ++span;
            if (span != spans.end() && span->begin < begin + attribute.value.size()) found.push_back(span->begin);
        }
    }
    return found;
}

}  // namespace chapar::render

#include "render/lint_sms.hpp"

#include "render/lint_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

namespace chapar::render {

namespace {

/// Longer than a short link needs to be, and a good part of a segment.
constexpr std::size_t longest_link = 40;

/// As readers look for them; Latin ones in capitals.
constexpr std::array<std::string_view, 21> ways_out = {
    "لغو",     "انصراف", "توقف",   "ایست", "إلغاء", "الغاء",     "إيقاف",  "ايقاف", "STOP",  "UNSUB", "OPT OUT",
    "OPT-OUT", "OPTOUT", "CANCEL", "QUIT", "/U/",   "ABBESTELL", "ABMELD", "BAJA",  "ARRET", "IPTAL"};

constexpr std::array<std::string_view, 26> elements = {
    "b",  "i",  "u",   "p",   "a",    "br",   "em",   "h1",   "h2",    "h3",     "ul",    "ol",     "li",
    "td", "tr", "div", "img", "span", "font", "html", "body", "table", "strong", "small", "center", "hr"};

std::string in_capitals(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    return out;
}

bool is_latin_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// "<b>", "</b>", "<br/>" at the beginning of `text`; empty: no tag of HTML.
std::string_view element_at(std::string_view text) {
    std::size_t at = text.starts_with("</") ? 2 : 1;
    const std::size_t begin = at;
    while (at < text.size() && (is_latin_letter(text[at]) || (at > begin && text[at] >= '1' && text[at] <= '6')))
        ++at;
    std::string name(text.substr(begin, at - begin));
    for (char& c : name)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    const std::size_t close = text.find('>', at);
    if (std::find(elements.begin(), elements.end(), name) == elements.end() || close == std::string_view::npos)
        return {};
    const bool ends = text[at] == '>' || text[at] == ' ' || text[at] == '/' || text[at] == '\n';
    return ends ? text.substr(0, close + 1) : std::string_view{};
}

/// "&nbsp;" or "&#8204;" at the beginning of `text`.
std::string_view entity_at(std::string_view text) {
    std::size_t at = 1;
    while (at < text.size() && at < 12 &&
           (is_latin_letter(text[at]) || text[at] == '#' || (text[at] >= '0' && text[at] <= '9')))
        ++at;
    return at > 2 && at < text.size() && text[at] == ';' ? text.substr(0, at + 1) : std::string_view{};
}

void look_at_html(const SmsText& sms, const SayAt& say) {
    const std::string masked = mask_liquid(sms.source);
    const std::string_view text = masked;
    for (std::size_t at = text.find_first_of("<&", sms.body); at != std::string_view::npos;
         at = text.find_first_of("<&", at + 1)) {
        const std::string_view piece = text[at] == '<' ? element_at(text.substr(at)) : entity_at(text.substr(at));
        if (!piece.empty()) say(at, "sms-html", fmt::format("{} is shown as it stands: an SMS is plain text", piece));
    }
}

void look_at_segments(const SmsText& sms, const SmsMeter& measure, const SayAt& say) {
    const SmsSize size = measure(sms.rendered);
    if (size.segments < 2) return;
    const int room = size.segments == 2 ? size.single : size.part * (size.segments - 1);
    auto sentence =
        fmt::format("{} segments; {} characters less make {}", size.segments, size.units - room, size.segments - 1);
    if (!size.forced_by.empty() && !sms.right_to_left)
        sentence += fmt::format("; {} makes a segment {} characters short", size.forced_by, size.single);
    say(sms.body, "sms-segments", std::move(sentence));
}

void look_at_links(const SmsText& sms, const SayAt& say) {
    for (const std::string_view scheme : {"https://", "http://"})
        for (std::size_t at = sms.rendered.find(scheme); at != std::string_view::npos;
             at = sms.rendered.find(scheme, at + 1)) {
            const std::size_t end = std::min(sms.rendered.find_first_of(" \t\r\n", at), sms.rendered.size());
            if (end - at > longest_link)
                say(sms.body, "sms-long-link",
                    fmt::format("a link takes {} characters: a short one leaves room for words", end - at));
        }
}

}  // namespace

void look_at_sms(const SmsText& sms, const SmsMeter& measure, const SayAt& say) {
    look_at_html(sms, say);
    look_at_links(sms, say);
    if (measure) look_at_segments(sms, measure, say);
    if (!sms.marketing) return;
    const std::string words = in_capitals(sms.rendered);
    const bool has_way_out = std::any_of(ways_out.begin(), ways_out.end(),
                                         [&](std::string_view word) { return words.find(word) != std::string::npos; });
    if (!has_way_out)
        say(sms.body, "sms-opt-out",
            sms.right_to_left
                ? "marketing SMS does not say how to stop it: write «لغو۱۱» in a last line"
                : "marketing SMS does not say how to stop it: write \"Reply STOP to opt out.\" at its end");
}

}  // namespace chapar::render

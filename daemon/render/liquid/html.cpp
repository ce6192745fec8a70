#include "render/liquid/html.hpp"

#include <algorithm>
#include <array>

#include "render/liquid/liquid.hpp"
#include "render/liquid/scan.hpp"

namespace chapar::liquid {

namespace {
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

constexpr std::array<std::string_view, 13> url_attributes = {
    "href",     "src",    "action",   "formaction", "background", "cite",      "poster",
    "longdesc", "usemap", "codebase", "data",       "manifest",   "xlink:href"};
bool takes_url(std::string_view name) {
    return std::find(url_attributes.begin(), url_attributes.end(), name) != url_attributes.end();
}
bool is_raw_text(std::string_view element) { return element == "script" || element == "style"; }
/// Elements in which a tag would be text, or is not allowed.
bool holds_text(std::string_view element) { return element == "title" || element == "textarea" || element == "option"; }
bool decides(char c) { return c == ':' || c == '/' || c == '?' || c == '#'; }
}  // namespace

void HtmlState::feed(std::string_view literal) {
    std::size_t i = 0;
    while (i < literal.size()) {
        if (at_ == At::text) {  // most of a template
            i = literal.find('<', i);
            if (i == std::string_view::npos) return;
        }
        step(literal[i++]);
    }
}

void HtmlState::step(char c) {
    switch (at_) {
        case At::text:
            if (c == '<') at_ = At::tag_open;
            return;
        case At::tag_open:
            name_size_ = 0;
            if (scan::is_alpha(c)) {
                at_ = At::tag_name;
                name_[name_size_++] = lower(c);
            } else {
                at_ = c == '/' ? At::end_tag : c == '!' ? At::comment : At::text;
                matched_ = 0;
            }
            return;
        case At::end_tag:
            if (c == '>') {
                at_ = At::text;
                element_size_ = 0;
            }
            return;
        case At::comment:  // <!-- --> and <!doctype ...>; matched_: dashes seen, bit 7: it began with --
            if (c == '>' && ((matched_ & 0x80) == 0 || matched_ == 0x82)) {
                at_ = At::text;
            } else if (c == '-') {
                if ((matched_ & 0x7F) < 2) ++matched_;
                if (matched_ == 2) matched_ = 0x82;  // <!--> is a whole comment
            } else {
                matched_ = matched_ & 0x80 ? 0x80 : 0x03;
            }
            return;
        case At::raw_text:  // until </
            if (c == '<') {
                matched_ = 1;
            } else if (matched_ == 1 && c == '/') {
                at_ = At::end_tag;
            } else {
                matched_ = 0;
            }
            return;
        case At::tag_name:
        case At::in_tag:
        case At::attribute_name:
        case At::after_name:
        case At::before_value:
            in_tag(c);
            return;
        case At::quoted:
            if (c == quote_) {
                at_ = At::in_tag;
            } else {
                value_char(c);
            }
            return;
        case At::unquoted:
            if (c == '>') {
                close_tag();
            } else if (scan::is_space(c)) {
                at_ = At::in_tag;
            } else {
                value_char(c);
            }
            return;
    }
}

void HtmlState::in_tag(char c) {
    const auto take = [&] {
        if (name_size_ < sizeof name_) name_[name_size_++] = lower(c);
    };
    if (at_ == At::tag_name) {
        if (!scan::is_space(c) && c != '>' && c != '/') return take();
        std::copy_n(name_, name_size_, element_);
        element_size_ = name_size_;
        at_ = At::in_tag;
    }
    if (c == '>') return close_tag();
    if (at_ == At::before_value) {
        if (!scan::is_space(c)) begin_value(c);
    } else if (c == '=' && (at_ == At::attribute_name || at_ == At::after_name)) {
        at_ = At::before_value;
    } else if (scan::is_space(c) || c == '/') {
        if (at_ == At::attribute_name) at_ = At::after_name;
    } else {
        if (at_ != At::attribute_name) name_size_ = 0;
        at_ = At::attribute_name;
        take();
    }
}

void HtmlState::begin_value(char c) {
    url_ = takes_url({name_, name_size_});
    open_ = url_;
    quote_ = c == '"' || c == '\'' ? c : 0;
    at_ = quote_ != 0 ? At::quoted : At::unquoted;
    if (quote_ == 0) value_char(c);
}

void HtmlState::value_char(char c) {
    if (decides(c)) open_ = false;
}

void HtmlState::close_tag() {
    at_ = is_raw_text({element_, element_size_}) ? At::raw_text : At::text;
    matched_ = 0;
}

Position HtmlState::position() const {
    switch (at_) {
        case At::quoted:
            return open_ ? Position::url : Position::text;
        case At::unquoted:
            return open_ ? Position::url_bare : Position::unquoted;
        case At::before_value:
            return takes_url({name_, name_size_}) ? Position::url_bare : Position::unquoted;
        case At::tag_open:
        case At::tag_name:
        case At::in_tag:
        case At::attribute_name:
        case At::after_name:
            return Position::unquoted;
        case At::text:
            return holds_text({element_, element_size_}) ? Position::text : Position::body;
        case At::end_tag:
        case At::raw_text:
        case At::comment:
            return Position::text;
    }
    return Position::unquoted;
}

void HtmlState::fed_output() {
    if (at_ == At::before_value) begin_value('x');
    if (at_ == At::tag_open) at_ = At::text;
}

HtmlState HtmlState::merge(const HtmlState& a, const HtmlState& b) {
    const auto care = [](const HtmlState& s) { return static_cast<int>(s.position()); };
    return care(b) > care(a) ? b : a;
}

bool safe_url(std::string_view url, bool is_html) {
    url = scan::strip_left(url);
    const auto end = url.find_first_of(":/?#&");
    if (end == std::string_view::npos) return true;
    if (url[end] == '&') {
        // In HTML text a character reference could spell a colon; only &amp; is known not to.
        return !is_html || (url.substr(end, 5) == "&amp;" && safe_url(url.substr(end + 5), true));
    }
    if (url[end] != ':') return true;
    std::string scheme;
    for (char c : url.substr(0, end))
        scheme += lower(c);
    constexpr std::array<std::string_view, 5> allowed = {"http", "https", "mailto", "tel", "cid"};
    return std::find(allowed.begin(), allowed.end(), scheme) != allowed.end();
}

namespace {
std::string_view html_reference(char c) {
    switch (c) {
        case '&':
            return "&amp;";
        case '<':
            return "&lt;";
        case '>':
            return "&gt;";
        case '"':
            return "&quot;";
        case '\'':
            return "&#39;";
        default:
            return {};
    }
}

void append_bare(std::string& out, std::string_view text, bool safe) {
    for (char c : text) {
        const auto reference = safe && c == '&' ? std::string_view{} : html_reference(c);
        if (!reference.empty()) {
            out += reference;
        } else if (scan::is_space(c) || c == '=' || c == '`' || c == '/') {
            out += "&#";
            out += std::to_string(static_cast<int>(c));
            out += ';';
        } else {
            out += c;
        }
    }
}
}  // namespace

void escape_html(std::string_view text, std::string& out) {
    std::size_t from = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto reference = html_reference(text[i]);
        if (reference.empty()) continue;
        out.append(text, from, i - from);
        out += reference;
        from = i + 1;
    }
    out.append(text, from);
}

void append_isolated_html(std::string& out, std::string_view text) {
    int open = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto next = std::min(text.find("\xE2\x81", at), text.size());
        escape_html(text.substr(at, next - at), out);
        const auto control = text.substr(next, 3);
        at = next + control.size();
        if (control == isolate::pop) {
            if (open == 0) continue;  // would end what is not the value's
            --open;
            out += "</bdi>";
        } else if (control == isolate::first_strong || control == isolate::left || control == isolate::right) {
            ++open;
            out += control == isolate::first_strong ? "<bdi>"
                   : control == isolate::left       ? "<bdi dir=\"ltr\">"
                                                    : "<bdi dir=\"rtl\">";
        } else {
            escape_html(control, out);
        }
    }
    for (; open > 0; --open)
        out += "</bdi>";
}

void append_isolated_text(std::string& out, std::string_view text) {
    int open = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto next = std::min(text.find("\xE2\x81", at), text.size());
        out += text.substr(at, next - at);
        const auto control = text.substr(next, 3);
        at = next + control.size();
        const bool closes = control == isolate::pop;
        if (closes && open == 0) continue;
        const bool opens = control == isolate::first_strong || control == isolate::left || control == isolate::right;
        open += opens ? 1 : closes ? -1 : 0;
        out += control;
    }
    for (; open > 0; --open)
        out += isolate::pop;
}

bool ends_in_address(std::string_view text) {
    constexpr std::size_t most = 2048;
    const auto begin = text.size() > most ? text.size() - most : 0;
    for (auto at = text.size(); at > begin; --at) {
        const char c = text[at - 1];
        if (scan::is_space(c) || c == '<' || c == '>' || c == '"' || c == '(') return false;
        if (c == '/' && at >= 3 && text.substr(at - 3, 3) == "://") return true;
    }
    return false;
}

void append_escaped(std::string& out, std::string_view text, Position position, bool safe) {
    if ((position == Position::url || position == Position::url_bare) && !safe_url(text, safe)) {
        out += '#';
        return;
    }
    if (position == Position::unquoted || position == Position::url_bare) return append_bare(out, text, safe);
    if (safe) {
        out.append(text);
    } else {
        escape_html(text, out);
    }
}

}  // namespace chapar::liquid

#include "render/html_text.hpp"

#include <algorithm>

namespace chapar::render {

namespace {

constexpr std::size_t max_attributes = 64;

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

/// Whether `name` stands at `at`, and no longer one.
bool has_name_at(std::string_view html, std::size_t at, std::string_view name) {
    if (at > html.size() || !equal_ignoring_case(html.substr(at, name.size()), name)) return false;
    const std::size_t after = at + name.size();
    const char c = after < html.size() ? html[after] : '>';
    return is_space(c) || c == '/' || c == '>';
}

std::size_t end_of_raw_text(std::string_view html, std::size_t at, std::string_view name) {
    for (;; ++at) {
        at = html.find("</", at);
        if (at == std::string_view::npos) return html.size();
        if (has_name_at(html, at + 2, name)) return at;
    }
}

/// A script may hold "<!--", and in there a script with its end. Source: 13.2.5.20, "script data double escaped".
std::size_t end_of_script(std::string_view html, std::size_t at) {
    enum class In { script, comment, inner_script } in = In::script;
    while ((at = html.find_first_of("<-", at)) != std::string_view::npos) {
        if (html[at] == '-') {
            if (in != In::script && html.substr(at, 3) == "-->") in = In::script;
            ++at;
        } else if (in == In::script && html.substr(at, 4) == "<!--") {
            in = In::comment;
            at += 2;  // "<!-->" ends at once
        } else if (has_name_at(html, at + 1, "/script")) {
            if (in != In::inner_script) return at;
            in = In::comment;
            ++at;
        } else {
            if (in == In::comment && has_name_at(html, at + 1, "script")) in = In::inner_script;
            ++at;
        }
    }
    return html.size();
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view lower_case_b) {
    return a.size() == lower_case_b.size() &&
           std::equal(a.begin(), a.end(), lower_case_b.begin(), [](char x, char y) { return lower(x) == y; });
}

const HtmlToken& HtmlReader::next() {
    token_.offset = at_;
    token_.text = {};
    if (raw_element_ != nullptr) {
        read_raw_text();
        if (!token_.text.empty()) return token_;
    }
    if (at_ >= html_.size()) {
        token_.kind = HtmlToken::Kind::finished;
        return token_;
    }
    if (html_[at_] == '<') {
        read_markup();
        if (token_.kind != HtmlToken::Kind::text) return token_;
    }
    // Text up to the next '<'; one that opens nothing is text itself and was stepped over by read_markup.
    const std::size_t start = token_.offset;
    const std::size_t from = std::max(at_, start + (html_[start] == '<' ? 1 : 0));
    const std::size_t end = std::min(html_.find('<', from), html_.size());
    token_.kind = HtmlToken::Kind::text;
    token_.text = html_.substr(start, end - start);
    at_ = end;
    return token_;
}

void HtmlReader::read_markup() {
    const char second = at_ + 1 < html_.size() ? html_[at_ + 1] : '\0';
    const char third = at_ + 2 < html_.size() ? html_[at_ + 2] : '\0';
    if (is_letter(second)) return read_tag(false);
    if (second == '/' && is_letter(third)) return read_tag(true);
    if (second == '!' || second == '?' || (second == '/' && third != '\0')) return read_comment();
    token_.kind = HtmlToken::Kind::text;
}

void HtmlReader::read_comment() {
    token_.kind = HtmlToken::Kind::comment;
    std::size_t end = 0;
    if (html_.substr(at_, 4) == "<!--") {
        // "<!-->" and "<!--->" are empty comments, and "--!>" ends one too.
        // The next close is searched for once, however many comments end in the odd way before it.
        if (next_close_ < at_ + 2) next_close_ = html_.find("-->", at_ + 2);
        const std::size_t close = next_close_;
        const std::size_t odd = html_.substr(0, close).find("--!>", at_ + 4);
        if (odd != std::string_view::npos)
            end = odd + 4;
        else
            end = close == std::string_view::npos ? html_.size() : close + 3;
    } else {
        const std::size_t close = html_.find('>', at_);
        end = close == std::string_view::npos ? html_.size() : close + 1;
    }
    token_.text = html_.substr(at_, end - at_);
    at_ = end;
}

void HtmlReader::read_tag(bool end) {
    token_.kind = end ? HtmlToken::Kind::end : HtmlToken::Kind::start;
    token_.self_closing = false;
    attributes_.clear();
    at_ += end ? 2 : 1;
    read_name();
    read_attributes();
    if (!end && token_.element->is_raw) raw_element_ = token_.element;
}

void HtmlReader::read_name() {
    const std::size_t start = at_;
    bool is_lower = true;
    for (; at_ < html_.size() && !is_space(html_[at_]) && html_[at_] != '/' && html_[at_] != '>'; ++at_)
        is_lower = is_lower && lower(html_[at_]) == html_[at_];
    token_.name = html_.substr(start, at_ - start);
    if (!is_lower) {
        lowered_.assign(token_.name);
        std::transform(lowered_.begin(), lowered_.end(), lowered_.begin(), lower);
        token_.name = lowered_;
    }
    token_.element = &element_of(token_.name);
}

void HtmlReader::read_attributes() {
    while (at_ < html_.size()) {
        const char c = html_[at_];
        if (c == '>') {
            ++at_;
            return;
        }
        if (c == '/') token_.self_closing = at_ + 1 < html_.size() && html_[at_ + 1] == '>';
        if (is_space(c) || c == '/') {
            ++at_;
            continue;
        }
        read_attribute();
    }
}

void HtmlReader::read_attribute() {
    const std::size_t name_at = at_++;  // a leading '=' belongs to the name
    while (at_ < html_.size() && !is_space(html_[at_]) && html_[at_] != '/' && html_[at_] != '>' && html_[at_] != '=')
        ++at_;
    HtmlAttribute attribute{html_.substr(name_at, at_ - name_at), {}};
    std::size_t value_at = at_;
    while (value_at < html_.size() && is_space(html_[value_at]))
        ++value_at;
    if (value_at < html_.size() && html_[value_at] == '=') {
        ++value_at;
        while (value_at < html_.size() && is_space(html_[value_at]))
            ++value_at;
        const char quote = value_at < html_.size() ? html_[value_at] : '\0';
        std::size_t end = value_at;
        if (quote == '"' || quote == '\'') {
            end = std::min(html_.find(quote, ++value_at), html_.size());
            at_ = std::min(end + 1, html_.size());
        } else {
            while (end < html_.size() && !is_space(html_[end]) && html_[end] != '>')
                ++end;
            at_ = end;
        }
        attribute.value = html_.substr(value_at, end - value_at);
    }
    if (attributes_.size() < max_attributes) attributes_.push_back(attribute);
}

void HtmlReader::read_raw_text() {
    const std::string_view name = raw_element_->name;
    const std::size_t end = name == "script" ? end_of_script(html_, at_) : end_of_raw_text(html_, at_, name);
    token_.kind = HtmlToken::Kind::text;
    token_.text = html_.substr(at_, end - at_);
    at_ = end;
    raw_element_ = nullptr;
}

std::string_view HtmlReader::attribute(std::string_view lower_case_name) const {
    for (const auto& a : attributes_)
        if (equal_ignoring_case(a.name, lower_case_name)) return a.value;
    return {};
}

bool HtmlReader::has_attribute(std::string_view lower_case_name) const {
    return std::any_of(attributes_.begin(), attributes_.end(),
                       [&](const HtmlAttribute& a) { return equal_ignoring_case(a.name, lower_case_name); });
}

}  // namespace chapar::render

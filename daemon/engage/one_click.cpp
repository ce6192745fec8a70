#include "engage/one_click.hpp"

#include <algorithm>
#include <optional>

#include "email_rules/text.hpp"

namespace chapar::engage {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char low = email::ascii_lower(c);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

std::string form_decoded(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '%' && at + 2 < text.size() && hex_digit(text[at + 1]) >= 0 && hex_digit(text[at + 2]) >= 0) {
            out += static_cast<char>(hex_digit(text[at + 1]) * 16 + hex_digit(text[at + 2]));
            at += 2;
        } else {
            out += text[at] == '+' ? ' ' : text[at];
        }
    }
    return out;
}

std::optional<Fields> read_urlencoded(std::string_view body) {
    // Some senders end the body with a line break.
    while (body.ends_with('\n') || body.ends_with('\r'))
        body.remove_suffix(1);
    Fields out;
    while (!body.empty()) {
        const auto pair = body.substr(0, body.find('&'));
        body.remove_prefix(std::min(pair.size() + 1, body.size()));
        if (pair.empty()) continue;
        const auto equals = std::min(pair.find('='), pair.size());
        const auto value = pair.substr(std::min(equals + 1, pair.size()));
        if (out.size() == most_fields) return std::nullopt;
        out.emplace_back(form_decoded(pair.substr(0, equals)), form_decoded(value));
    }
    return out;
}

/// The value of parameter `name` in "multipart/form-data; boundary=abc; x=\"y\"".
std::optional<std::string> parameter(std::string_view header, std::string_view name) {
    for (auto at = header.find(';'); at != std::string_view::npos && at < header.size();) {
        header.remove_prefix(at + 1);
        header = email::trim(header);
        const auto equals = header.find('=');
        if (equals == std::string_view::npos) return std::nullopt;
        const auto key = email::trim(header.substr(0, equals));
        header = email::trim(header.substr(equals + 1));
        std::string value;
        std::size_t end = 0;
        if (header.starts_with('"')) {
            for (end = 1; end < header.size() && header[end] != '"'; ++end) {
                if (header[end] == '\\' && end + 1 < header.size()) ++end;
                value += header[end];
            }
            if (end == header.size()) return std::nullopt;
            ++end;
        } else {
            end = std::min(header.find_first_of("; \t"), header.size());
            value = header.substr(0, end);
        }
        if (email::equal_ignoring_case(key, name)) return value;
        header.remove_prefix(end);
        at = header.find(';');
    }
    return std::nullopt;
}

/// The next line of `text`, which loses it; without its break, CR LF or LF.
std::string_view take_line(std::string_view& text) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

/// The head of a part; nullopt: it names no field, or its text is not written plainly.
std::optional<std::string> read_part_head(std::string_view& part) {
    std::optional<std::string> name;
    bool has_end = false;
    while (!part.empty() && !has_end) {
        const auto line = take_line(part);
        has_end = line.empty();
        const auto colon = line.find(':');
        if (has_end || colon == std::string_view::npos) continue;
        const auto header = email::trim(line.substr(0, colon)), value = email::trim(line.substr(colon + 1));
        if (email::equal_ignoring_case(header, "content-transfer-encoding") &&
            !email::equal_ignoring_case(value, "7bit") && !email::equal_ignoring_case(value, "8bit") &&
            !email::equal_ignoring_case(value, "binary"))
            return std::nullopt;
        if (!email::equal_ignoring_case(header, "content-disposition")) continue;
        if (!email::equal_ignoring_case(email::trim(value.substr(0, value.find(';'))), "form-data"))
            return std::nullopt;
        name = parameter(value, "name");
    }
    return has_end ? name : std::nullopt;
}

/// Where a line "--boundary" begins at or after `from`; npos: nowhere.
std::size_t find_delimiter(std::string_view body, std::string_view delimiter, std::size_t from) {
    for (auto at = body.find(delimiter, from); at != std::string_view::npos; at = body.find(delimiter, at + 1)) {
        if (at != 0 && body[at - 1] != '\n') continue;
        const auto behind = body.substr(at + delimiter.size());
        const auto rest = email::trim(behind.substr(0, behind.find('\n')));
        if (rest.empty() || rest == "--") return at;
    }
    return std::string_view::npos;
}

std::optional<Fields> read_multipart(std::string_view content_type, std::string_view body) {
    const auto boundary = parameter(content_type, "boundary");
    if (!boundary || boundary->empty() || boundary->size() > 70) return std::nullopt;
    const std::string delimiter = "--" + *boundary;
    Fields out;
    auto at = find_delimiter(body, delimiter, 0);
    while (at != std::string_view::npos) {
        auto part = body.substr(at + delimiter.size());
        if (part.starts_with("--")) return out;
        take_line(part);
        const auto begin = body.size() - part.size();
        const auto end = find_delimiter(body, delimiter, begin);
        if (end == std::string_view::npos) return std::nullopt;
        part = body.substr(begin, end - begin);
        // The break before the delimiter belongs to it.
        if (part.ends_with('\n')) part.remove_suffix(1);
        if (part.ends_with('\r')) part.remove_suffix(1);
        auto name = read_part_head(part);
        if (!name || out.size() == most_fields) return std::nullopt;
        out.emplace_back(*std::move(name), std::string(part));
        at = end;
    }
    return std::nullopt;
}

}  // namespace

PostedForm read_posted_form(std::string_view content_type, std::string_view body) {
    if (body.size() > longest_form) return {};
    const auto type = email::trim(content_type.substr(0, content_type.find(';')));
    std::optional<Fields> fields;
    if (type.empty() || email::equal_ignoring_case(type, "application/x-www-form-urlencoded"))
        fields = read_urlencoded(body);
    else if (email::equal_ignoring_case(type, "multipart/form-data"))
        fields = read_multipart(content_type, body);
    if (!fields) return {};
    if (fields->size() == 1 && fields->front().first == "List-Unsubscribe" && fields->front().second == "One-Click")
        return {.kind = PostedForm::Kind::one_click, .fields = {}};
    const bool is_page = std::ranges::any_of(*fields, [](const auto& field) { return field.first == "confirm"; });
    return {.kind = is_page ? PostedForm::Kind::page : PostedForm::Kind::other, .fields = *std::move(fields)};
}

std::vector<std::pair<std::string, std::string>> unsubscribe_headers(std::string_view page, std::string_view mailbox) {
    std::vector<std::pair<std::string, std::string>> out;
    const bool can_post = page.starts_with("https://");
    std::string value;
    if (!page.empty()) value = '<' + std::string(page) + '>';
    if (!mailbox.empty()) value += (value.empty() ? "<mailto:" : ", <mailto:") + std::string(mailbox) + '>';
    if (!value.empty()) out.emplace_back("List-Unsubscribe", std::move(value));
    if (can_post) out.emplace_back("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
    return out;
}

}  // namespace chapar::engage

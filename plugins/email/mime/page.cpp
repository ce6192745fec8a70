#include "page.hpp"

#include "email_rules/text.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace chapar::email {

namespace {

using Names = std::initializer_list<std::string_view>;

bool is_among(std::string_view name, Names names) { return std::ranges::find(names, name) != names.end(); }

/// The end of the tag that begins at `at`, past quotes in which '>' may stand.
std::size_t end_of_tag(std::string_view html, std::size_t at) {
    char quote = 0;
    for (std::size_t i = at + 1; i < html.size(); ++i) {
        const char c = html[i];
        const bool opens = (c == '"' || c == '\'') &&
                           html.substr(0, i).find_last_not_of(" \t\r\n") != std::string_view::npos &&
                           html[html.substr(0, i).find_last_not_of(" \t\r\n")] == '=';
        if (quote != 0) {
            if (c == quote) quote = 0;
        } else if (opens) {
            quote = c;
        } else if (c == '>') {
            return i + 1;
        }
    }
    return html.size();
}

/// "<!-->" and "<!--->" are whole comments.
std::size_t end_of_comment(std::string_view html, std::size_t at) {
    for (const std::string_view empty : {"<!-->", "<!--->"})
        if (html.substr(at).starts_with(empty)) return at + empty.size();
    const std::size_t plain = html.find("-->", at + 4);
    const std::string_view inside = html.substr(0, plain);
    const std::size_t end = std::min(inside.find("--!>", at + 4), plain);
    return end == std::string_view::npos ? html.size() : html.find('>', end) + 1;
}

std::size_t end_of_declaration(std::string_view html, std::size_t at) {
    const std::size_t end = html.find('>', at);
    return end == std::string_view::npos ? html.size() : end + 1;
}

std::string tag_name(std::string_view html, std::size_t at) {
    std::size_t end = at;
    while (end < html.size() && (is_alnum(html[end]) || html[end] == '-' || html[end] == ':'))
        ++end;
    return to_lower(html.substr(at, end - at));
}

class PageScanner {
  public:
    explicit PageScanner(std::string_view html) : html_(html) {}
    Page run() {
        for (std::size_t at = html_.find('<'); at < html_.size() && !found_body_; at = html_.find('<', at))
            at = step(at);
        return page_;
    }

  private:
    std::size_t step(std::size_t at);
    std::size_t start_tag(std::size_t at, const std::string& name);
    /// What stands before `at` belongs to the head, if nothing of the content was met.
    void head_until(std::size_t end) {
        if (!in_content_) page_.content = end;
    }

    std::string_view html_;
    Page page_;
    bool in_content_ = false, found_body_ = false;
};

std::size_t PageScanner::step(std::size_t at) {
    const std::size_t text = html_.find_first_not_of(" \t\r\n", page_.content);
    // Text before the first tag that is not of the head.
    if (!in_content_ && text < at && !html_.substr(text).starts_with("\xEF\xBB\xBF")) in_content_ = true;
    const std::string_view rest = html_.substr(at);
    if (rest.starts_with("<!--")) {
        const std::size_t end = end_of_comment(html_, at);
        head_until(end);
        return end;
    }
    if (rest.starts_with("<!") || rest.starts_with("<?")) {
        if (find_ignoring_case(rest.substr(0, 9), "<!doctype") == 0) page_.is_document = true;
        const std::size_t end = end_of_declaration(html_, at);
        head_until(end);
        return end;
    }
    const bool ends = rest.starts_with("</");
    const std::string name = tag_name(html_, at + (ends ? 2 : 1));
    if (name.empty()) return at + 1;
    if (!ends) return start_tag(at, name);
    const std::size_t end = end_of_tag(html_, at);
    if (is_among(name, {"head", "title", "style", "script", "noscript"})) head_until(end);
    return end;
}

std::size_t PageScanner::start_tag(std::size_t at, const std::string& name) {
    std::size_t end = end_of_tag(html_, at);
    if (is_among(name, {"html", "head", "body"})) page_.is_document = true;
    if (name == "body") {
        page_.content = end;
        found_body_ = true;
        return end;
    }
    if (is_among(name, {"script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes"})) {
        const std::size_t close = find_ignoring_case(html_, "</" + name, end);
        end = close == std::string_view::npos ? html_.size() : end_of_tag(html_, close);
    }
    const bool of_head =
        is_among(name, {"html", "head", "title", "meta", "link", "base", "style", "script", "noscript"});
    if (of_head) {
        head_until(end);
    } else {
        in_content_ = true;
    }
    return end;
}

}  // namespace

Page look_at_page(std::string_view html) { return PageScanner(html).run(); }

}  // namespace chapar::email

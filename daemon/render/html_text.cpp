#include "render/html_text.hpp"

#include "render/catalogue.hpp"
#include "render/text_writer.hpp"

#include <algorithm>
#include <cstring>

namespace chapar::render {

namespace {

constexpr std::size_t max_list_depth = 16, max_row_depth = 32;
constexpr unsigned max_lookups = 256;

/// display:none in a style attribute, whatever its case and blanks.
bool hides(std::string_view style) {
    const auto mentions = [&](std::string_view word) {
        return memmem(style.data(), style.size(), word.data(), word.size()) != nullptr;
    };
    if (style.empty() || (!mentions("isplay") && !mentions("ISPLAY"))) return false;
    std::string packed;
    for (const char c : style)
        if (c != ' ' && c != '\n' && c != '\t') packed.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
    return packed.find("display:none") != std::string::npos;
}

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> prefixes) {
    return std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view p) { return text.starts_with(p); });
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \n\t\r\f";
    const std::size_t first = text.find_first_not_of(blanks);
    return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// The address as a person writes it, to see whether a link's text already says it.
std::string_view spoken(std::string_view url) {
    for (const std::string_view prefix : {"https://", "http://", "mailto:", "tel:"})
        if (url.starts_with(prefix)) {
            url.remove_prefix(prefix.size());
            break;
        }
    if (url.ends_with('/')) url.remove_suffix(1);
    return url;
}

class Converter {
  public:
    explicit Converter(std::string_view html) : reader_(html) {}
    std::string run();

  private:
    void text(std::string_view source);
    void start(const HtmlToken& tag);
    void end(const HtmlToken& tag);
    bool begins_skipping(const HtmlToken& tag);
    void skip(const HtmlToken& token);
    Flow flow_here(const Element& element) const;
    void end_row();
    void start_item();
    void open_list(bool ordered);
    void close_list();
    void open_link();
    void close_link();
    void image();

    struct List {
        bool ordered;
        int next;
    };
    HtmlReader reader_;
    TextWriter writer_;
    std::vector<List> lists_;
    std::vector<std::size_t> rows_;  // open table rows: the lines before each
    std::string skipped_;            // inside of an element that is not shown: its name
    int skipped_depth_ = 0;
    std::string link_, buffer_;
    bool in_link_ = false, preformatted_ = false, reading_end_ = false;
    unsigned lookups_ = max_lookups;
};

std::string Converter::run() {
    for (;;) {
        const HtmlToken& token = reader_.next();
        if (token.kind == HtmlToken::Kind::finished) break;
        if (!skipped_.empty()) {
            skip(token);
            continue;
        }
        switch (token.kind) {
            case HtmlToken::Kind::text:
                text(token.text);
                break;
            case HtmlToken::Kind::start:
                start(token);
                break;
            case HtmlToken::Kind::end:
                end(token);
                break;
            case HtmlToken::Kind::comment:
            case HtmlToken::Kind::finished:
                break;
        }
    }
    close_link();
    return writer_.take();
}

void Converter::text(std::string_view source) {
    if (source.find('&') != std::string_view::npos) {
        buffer_.clear();
        append_decoded(buffer_, source, lookups_);
        source = buffer_;
    }
    if (preformatted_)
        writer_.preformatted(source);
    else
        writer_.text(source);
}

void Converter::skip(const HtmlToken& token) {
    if (token.kind != HtmlToken::Kind::start && token.kind != HtmlToken::Kind::end) return;
    if (token.name != skipped_) return;
    if (token.kind == HtmlToken::Kind::start && !token.element->is_raw) ++skipped_depth_;
    if (token.kind == HtmlToken::Kind::end && --skipped_depth_ == 0) skipped_.clear();
}

bool Converter::begins_skipping(const HtmlToken& tag) {
    const Element& element = *tag.element;
    if (element.is_void) return false;
    const bool hidden =
        element.flow == Flow::skipped || reader_.has_attribute("hidden") || hides(reader_.attribute("style"));
    if (!hidden || (tag.self_closing && tag.name == "svg")) return hidden;
    skipped_ = tag.name;
    skipped_depth_ = 1;
    return true;
}

/// The control that says in text what <bdi> says: LRI, RLI or FSI.
std::string_view isolate_of(std::string_view dir) {
    return dir == "ltr" ? "\xE2\x81\xA6" : dir == "rtl" ? "\xE2\x81\xA7" : "\xE2\x81\xA8";
}

void Converter::start(const HtmlToken& tag) {
    reading_end_ = false;
    if (begins_skipping(tag)) return;
    const Flow flow = flow_here(*tag.element);
    if (flow == Flow::line) writer_.want(Gap::line);
    if (flow == Flow::paragraph) writer_.want(Gap::paragraph);
    switch (tag.element->tag) {
        case Tag::a:
            return open_link();
        case Tag::bdi:
            return writer_.text(isolate_of(reader_.attribute("dir")));
        case Tag::blockquote:
            return writer_.quote(1);
        case Tag::br:
            return writer_.line_break();
        case Tag::cell:
            return writer_.want(Gap::cell);
        case Tag::hr:
            writer_.append("----------");
            return writer_.want(Gap::paragraph);
        case Tag::img:
            return image();
        case Tag::li:
            return start_item();
        case Tag::ol:
            return open_list(true);
        case Tag::ul:
            return open_list(false);
        case Tag::pre:
            preformatted_ = true;
            return;
        case Tag::tr:
            if (rows_.size() < max_row_depth) rows_.push_back(writer_.lines());
            return;
        case Tag::other:
            return;
    }
}

void Converter::end(const HtmlToken& tag) {
    reading_end_ = true;
    const Flow flow = flow_here(*tag.element);
    if (flow == Flow::line) writer_.want(Gap::line);
    if (flow == Flow::paragraph) writer_.want(Gap::paragraph);
    switch (tag.element->tag) {
        case Tag::a:
            return close_link();
        case Tag::bdi:
            return writer_.text("\xE2\x81\xA9");
        case Tag::blockquote:
            return writer_.quote(-1);
        case Tag::br:
            return writer_.line_break();
        case Tag::cell:
            return writer_.want(Gap::cell);
        case Tag::li:
            return writer_.mark({});
        case Tag::ol:
        case Tag::ul:
            return close_list();
        case Tag::pre:
            preformatted_ = false;
            return;
        case Tag::tr:
            return end_row();
        case Tag::hr:
        case Tag::img:
        case Tag::other:
            return;
    }
}

/// A row that took several lines is a paragraph of its own; rows of one line stay together.
void Converter::end_row() {
    if (rows_.empty()) return;
    if (writer_.lines() > rows_.back() + 1) writer_.want(Gap::paragraph);
    rows_.pop_back();
}

/// A list in a list is part of its item: no empty line around it.
Flow Converter::flow_here(const Element& element) const {
    const bool list = element.tag == Tag::ul || element.tag == Tag::ol;
    return list && lists_.size() > (reading_end_ ? 1 : 0) ? Flow::line : element.flow;
}

void Converter::open_list(bool ordered) {
    if (lists_.size() < max_list_depth) lists_.push_back({ordered, 1});
}

void Converter::close_list() {
    if (!lists_.empty()) lists_.pop_back();
    writer_.indent(lists_.size() * 2);
}

void Converter::start_item() {
    if (lists_.empty()) lists_.push_back({false, 1});
    List& list = lists_.back();
    std::string mark = list.ordered ? std::to_string(list.next++) + ". " : "- ";
    writer_.indent(lists_.size() * 2);
    writer_.mark(std::move(mark));
}

void Converter::open_link() {
    close_link();
    link_.clear();
    append_decoded(link_, trimmed(reader_.attribute("href")), lookups_);
    in_link_ = true;
    writer_.start_marking();
}

void Converter::close_link() {
    if (!in_link_) return;
    in_link_ = false;
    if (!starts_with_any(link_, {"https://", "http://", "mailto:", "tel:"})) return;
    const std::string_view text = trimmed(writer_.marked());
    if (text.empty()) {
        writer_.append(link_);
    } else if (spoken(text) != spoken(link_)) {
        writer_.attach(" (");
        writer_.attach(link_);
        writer_.attach(")");
    }
}

void Converter::image() {
    const std::string_view alt = reader_.attribute("alt");
    if (!alt.empty()) text(alt);
}

}  // namespace

std::string html_to_text(std::string_view html) { return Converter(html).run(); }

}  // namespace chapar::render

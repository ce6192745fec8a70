#include "render/html_text.hpp"

#include "render/catalogue.hpp"
#include "render/text_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
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

/// line-through in a style attribute.
bool strikes(std::string_view style) { return style.find("line-through") != std::string_view::npos; }

/// What stands around a text that holds no more, such as a price before a sale.
std::pair<std::string_view, std::string_view> words_for_struck(std::string_view lang) {
    struct Words {
        std::string_view lang, before;
    };
    constexpr std::array words = {Words{"fa", "(قبلاً "},   Words{"en", "(was "},   Words{"ar", "(كان "},
                                  Words{"de", "(vorher "}, Words{"fr", "(avant "}, Words{"tr", "(önceki "},
                                  Words{"es", "(antes "}};
    for (const Words& each : words)
        if (lang.starts_with(each.lang) && (lang.size() == 2 || lang[2] == '-')) return {each.before, ")"};
    return {"~~", "~~"};
}

class Converter {
  public:
    Converter(std::string_view html, std::string_view lang) : reader_(html), lang_(lang) {}
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
    void open_struck(std::string_view element);
    void close_struck(std::string_view element);
    std::string numbered(long number) const;

    struct List {
        bool ordered;
        long next, step = 1;
    };
    HtmlReader reader_;
    TextWriter writer_;
    std::vector<List> lists_;
    std::vector<std::size_t> rows_;  // open table rows: the lines before each
    std::string lang_;               // of the page
    std::string struck_;             // the element that strikes through: its name
    int struck_depth_ = 0;
    std::string skipped_;  // inside of an element that is not shown: its name
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
    if (!struck_.empty()) writer_.attach(words_for_struck(lang_).second);
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

/// Within it, elements of its own name are counted, so that its end is found.
void Converter::open_struck(std::string_view element) {
    if (!struck_.empty()) {
        if (element == struck_) ++struck_depth_;
        return;
    }
    struck_ = element;
    struck_depth_ = 1;
    writer_.text(words_for_struck(lang_).first);
}

void Converter::close_struck(std::string_view element) {
    if (struck_.empty() || element != struck_ || --struck_depth_ > 0) return;
    struck_.clear();
    writer_.attach(words_for_struck(lang_).second);
}

void Converter::start(const HtmlToken& tag) {
    reading_end_ = false;
    if (begins_skipping(tag)) return;
    const bool struck = tag.element->tag == Tag::struck || strikes(reader_.attribute("style"));
    const bool line_of_text = tag.element->flow == Flow::inside && !tag.element->is_void;
    if (!struck_.empty() ? tag.name == struck_ : struck && line_of_text && tag.element->tag != Tag::cell)
        open_struck(tag.name);
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
        case Tag::html:
            if (const std::string_view lang = reader_.attribute("lang"); !lang.empty()) lang_ = lang;
            return;
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
        case Tag::struck:
            return;
    }
}

void Converter::end(const HtmlToken& tag) {
    reading_end_ = true;
    close_struck(tag.name);
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
        case Tag::html:
        case Tag::img:
        case Tag::other:
        case Tag::struck:
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

/// A whole number as HTML reads one; `otherwise` where there is none.
long whole_number(std::string_view written, long otherwise) {
    constexpr long most = 1'000'000'000;
    written = trimmed(written);
    if (written.starts_with('+')) written.remove_prefix(1);
    long value = 0;
    const auto read = std::from_chars(written.data(), written.data() + written.size(), value);
    return read.ec == std::errc() && value >= -most && value <= most ? value : otherwise;
}

/// "3. " in the digits of the page's language.
std::string Converter::numbered(long number) const {
    const std::string latin = std::to_string(number);
    const bool persian = lang_ == "fa" || lang_.starts_with("fa-");
    std::string out;
    for (const char c : latin) {
        if (persian && c >= '0' && c <= '9') {
            out += '\xDB';
            out += static_cast<char>(0xB0 + (c - '0'));
        } else {
            out += c;
        }
    }
    return out + ". ";
}

void Converter::open_list(bool ordered) {
    if (lists_.size() >= max_list_depth) return;
    // A list that counts down without a start begins with the count of its items, which stand ahead.
    const bool down = ordered && reader_.has_attribute("reversed") && reader_.has_attribute("start");
    lists_.push_back({ordered, ordered ? whole_number(reader_.attribute("start"), 1) : 1, down ? -1 : 1});
}

void Converter::close_list() {
    if (!lists_.empty()) lists_.pop_back();
    writer_.indent(lists_.size() * 2);
}

void Converter::start_item() {
    if (lists_.empty()) lists_.push_back({false, 1, 1});
    List& list = lists_.back();
    if (list.ordered) list.next = whole_number(reader_.attribute("value"), list.next);
    std::string mark = list.ordered ? numbered(list.next) : "- ";
    list.next += list.step;
    writer_.indent(lists_.size() * 2);
    writer_.mark(std::move(mark));
}

void Converter::open_link() {
    close_link();
    link_.clear();
    append_decoded_value(link_, trimmed(reader_.attribute("href")), lookups_);
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

std::string html_to_text(std::string_view html, std::string_view lang) { return Converter(html, lang).run(); }

}  // namespace chapar::render

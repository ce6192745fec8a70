#include "render/mjml_source.hpp"

#include "render/lint_source.hpp"
#include "render/liquid_spans.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

namespace chapar::render {

namespace {

using Where = MjmlPiece::Where;
constexpr std::size_t max_pieces = 9999;

/// Elements whose content MJML takes as HTML or text. Source: the components of MJML 4 and 5.
constexpr std::array<std::string_view, 12> ending = {
    "mj-accordion-text", "mj-accordion-title", "mj-button",         "mj-navbar-link", "mj-preview", "mj-raw",
    "mj-social-element", "mj-style",           "mj-html-attribute", "mj-table",       "mj-text",    "mj-title"};
/// Those that MJML moves to another place, or reads for itself.
constexpr std::array<std::string_view, 4> in_head = {"mj-preview", "mj-style", "mj-title", "mj-html-attribute"};
/// Tags that only set something: in the head they may stand alone.
constexpr std::array<std::string_view, 5> setting = {"assign", "include", "render", "increment", "decrement"};

template <class Names>
bool is_one_of(std::string_view name, const Names& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == ':' ||
           c == '_';
}

struct Refused {
    std::size_t offset;
    std::string sentence;
};

/// Walks through MJML once; throws Refused within this file only.
class Protector {
  public:
    explicit Protector(std::string_view source) : source_(source), spans_(liquid_spans(source)) {}
    ProtectedMjml run();

  private:
    void read_markup();
    void read_comment();
    void read_start();
    void read_end();
    void read_attributes(std::string_view element, bool& empty);
    void read_value(std::string_view element, const std::string& attribute);
    void read_ending(std::string_view element);
    void take_between();
    void keep(const LiquidSpan& span, Where where, std::string attribute, bool alone);
    const LiquidSpan* span_here() const {
        return next_ < spans_.size() && spans_[next_].begin == at_ ? &spans_[next_] : nullptr;
    }
    void step() { ++at_; }
    bool ahead(std::string_view text) const { return source_.substr(at_).starts_with(text); }
    std::string_view inside() const { return open_.empty() ? "" : open_.back().name; }

    struct Open {
        std::string_view name;
        std::size_t offset;
    };
    std::string_view source_;
    std::vector<LiquidSpan> spans_;
    std::size_t next_ = 0, at_ = 0;
    std::vector<Open> open_;
    bool body_seen_ = false;
    ProtectedMjml out_;
    std::vector<Replacement> edits_;
    std::vector<std::string> texts_;
};

/// Takes the span at hand out of the text. `alone`: as an element of its own.
void Protector::keep(const LiquidSpan& span, Where where, std::string attribute, bool alone) {
    at_ = span.end;
    ++next_;
    std::string text;
    if (span.kind != LiquidSpan::Kind::comment) {
        if (where != Where::before && where != Where::after) {
            text = fmt::format("{}{:04}z", out_.word, out_.pieces.size());
            if (alone) text = "<mj-raw>" + text + "</mj-raw>";
        }
        out_.pieces.push_back({span.begin, span.end, where, std::move(attribute)});
        if (out_.pieces.size() > max_pieces) throw Refused{span.begin, "too much Liquid for one MJML file"};
    }
    edits_.push_back({span.begin, span.end - span.begin, {}});
    texts_.push_back(std::move(text));
}

void Protector::take_between() {
    const LiquidSpan& span = *span_here();
    const std::string_view around = inside();
    if (around.empty() || around == "mjml") return keep(span, body_seen_ ? Where::after : Where::before, {}, false);
    if (around == "mj-attributes" || around == "mj-html-attributes" || around == "mj-selector")
        throw Refused{span.begin, fmt::format("Liquid can't stand between the elements of {}", around)};
    if (around == "mj-head" && span.kind == LiquidSpan::Kind::tag && !is_one_of(span.name, setting))
        throw Refused{span.begin, "MJML sorts what stands in mj-head: put the condition inside of one element"};
    keep(span, around == "mj-head" ? Where::head : Where::body, {}, true);
}

void Protector::read_comment() {
    std::size_t close = source_.find("-->", at_);
    if (close == std::string_view::npos) throw Refused{at_, "this comment is never closed"};
    while (at_ < close)
        if (const LiquidSpan* span = span_here()) {
            keep(*span, Where::comment, {}, false);
            if (close < at_) close = std::min(source_.find("-->", at_), source_.size());
        } else {
            step();
        }
    at_ = std::min(close + 3, source_.size());
}

void Protector::read_value(std::string_view element, const std::string& attribute) {
    const char quote = source_[at_];
    if (quote != '"' && quote != '\'')
        throw Refused{at_, fmt::format("the value of {} in {} needs quotes", attribute, element)};
    const std::size_t start = at_;
    step();
    while (at_ < source_.size() && source_[at_] != quote)
        if (const LiquidSpan* span = span_here()) {
            keep(*span, Where::attribute, attribute, false);
        } else {
            step();
        }
    if (at_ >= source_.size()) throw Refused{start, "the quotes that open here are never closed"};
    step();
}

void Protector::read_attributes(std::string_view element, bool& empty) {
    const std::size_t start = at_;
    while (at_ < source_.size() && source_[at_] != '>') {
        if (span_here() != nullptr)
            throw Refused{
                at_, fmt::format("Liquid can't stand between the attributes of {}: put it inside of a value", element)};
        if (!is_name(source_[at_])) {
            empty = source_[at_] == '/';
            step();
            continue;
        }
        const std::size_t begin = at_;
        while (at_ < source_.size() && is_name(source_[at_]))
            step();
        const std::string attribute(source_.substr(begin, at_ - begin));
        const std::size_t sign = source_.find_first_not_of(" \t\r\n", at_);
        if (sign == std::string_view::npos || source_[sign] != '=') continue;
        at_ = std::min(source_.find_first_not_of(" \t\r\n", sign + 1), source_.size());
        if (at_ < source_.size()) read_value(element, attribute);
        empty = false;
    }
    if (at_ >= source_.size()) throw Refused{start, fmt::format("the tag {} is never closed", element)};
    step();
}

void Protector::read_ending(std::string_view element) {
    const std::size_t start = at_;
    const std::string close = "</" + std::string(element);
    const Where where = is_one_of(element, in_head) ? Where::head : Where::body;
    while (at_ < source_.size() && !ahead(close))
        if (const LiquidSpan* span = span_here()) {
            keep(*span, where, {}, false);
        } else {
            step();
        }
    if (at_ >= source_.size()) throw Refused{start, fmt::format("{} is never closed", element)};
}

void Protector::read_start() {
    const std::size_t start = at_;
    step();
    if (span_here() != nullptr) throw Refused{at_, "the name of an MJML element can't be Liquid"};
    const std::size_t begin = at_;
    while (at_ < source_.size() && is_name(source_[at_]))
        step();
    const std::string_view name = source_.substr(begin, at_ - begin);
    if (name == "mj-include")
        throw Refused{start, "mj-include is not used here: put the piece into _partials and include it"};
    bool empty = false;
    read_attributes(name, empty);
    if (name == "mj-body") body_seen_ = true;
    if (empty) return;
    open_.push_back({name, start});
    if (is_one_of(name, ending)) read_ending(name);
}

void Protector::read_end() {
    const std::size_t start = at_;
    const std::size_t close = source_.find('>', at_);
    std::size_t end = at_ += 2;
    while (end < source_.size() && is_name(source_[end]))
        ++end;
    const std::string_view name = source_.substr(at_, end - at_);
    if (open_.empty()) throw Refused{start, fmt::format("{} is closed here and was never opened", name)};
    if (open_.back().name != name)
        throw Refused{start, fmt::format("{} is closed here, but {} (line {}) is still open", name, open_.back().name,
                                         place_at(source_, open_.back().offset).line)};
    open_.pop_back();
    at_ = close == std::string_view::npos ? source_.size() : close + 1;
}

void Protector::read_markup() {
    if (ahead("<!--")) return read_comment();
    if (ahead("</")) return read_end();
    if (at_ + 1 < source_.size() && (is_name(source_[at_ + 1]) || source_[at_ + 1] == '{')) return read_start();
    step();  // <?xml, <!DOCTYPE, a stray sign
}

ProtectedMjml Protector::run() {
    do {
        out_.word = fmt::format("lq{:08x}", XXH3_64bits(source_.data(), source_.size()) >> 32u) + out_.word;
    } while (source_.find(out_.word) != std::string_view::npos);
    while (at_ < source_.size()) {
        if (span_here() != nullptr) {
            take_between();
        } else if (source_[at_] == '<') {
            read_markup();
        } else {
            step();
        }
        // Liquid that was passed over, such as a tag in a stray sign's way.
        while (next_ < spans_.size() && spans_[next_].begin < at_)
            ++next_;
    }
    if (!open_.empty()) throw Refused{open_.back().offset, fmt::format("{} is never closed", open_.back().name)};
    for (std::size_t i = 0; i < edits_.size(); ++i)
        edits_[i].text = texts_[i];
    Replaced done = replace(source_, edits_);
    out_.text = std::move(done.text);
    out_.map = std::move(done.map);
    return std::move(out_);
}

/// Puts the pieces back and remembers which were seen.
class Restorer {
  public:
    Restorer(std::string_view html, const ProtectedMjml& mjml, std::string_view source)
        : html_(html), mjml_(mjml), source_(source), seen_(mjml.pieces.size()) {}
    std::expected<RestoredMjml, Trouble> run();

  private:
    std::optional<std::size_t> number_at(std::size_t at) const;
    void write(std::size_t piece);
    std::optional<Trouble> check() const;
    std::string_view html_;
    const ProtectedMjml& mjml_;
    std::string_view source_;
    std::vector<bool> seen_;
    std::optional<std::size_t> displaced_;
    std::size_t last_ = 0;
    RestoredMjml out_;
};

std::optional<std::size_t> Restorer::number_at(std::size_t at) const {
    constexpr std::size_t digits = 4;
    const std::string_view text = html_.substr(at + mjml_.word.size(), digits + 1);
    if (text.size() != digits + 1 || text.back() != 'z') return std::nullopt;
    std::size_t number = 0;
    for (const char c : text.substr(0, digits)) {
        if (c < '0' || c > '9') return std::nullopt;
        number = number * 10 + static_cast<std::size_t>(c - '0');
    }
    return number < seen_.size() ? std::optional(number) : std::nullopt;
}

void Restorer::write(std::size_t number) {
    const MjmlPiece& piece = mjml_.pieces[number];
    out_.map.add(out_.text.size(), piece.begin, piece.end - piece.begin);
    out_.text += source_.substr(piece.begin, piece.end - piece.begin);
    if (piece.where == Where::body && !seen_[number]) {
        if (number < last_ && !displaced_) displaced_ = number;
        last_ = number;
    }
    seen_[number] = true;
}

std::optional<Trouble> Restorer::check() const {
    for (std::size_t i = 0; i < seen_.size(); ++i) {
        const MjmlPiece& piece = mjml_.pieces[i];
        if (seen_[i] || piece.where == Where::comment) continue;
        const Place place = place_at(source_, piece.begin);
        if (piece.where == Where::attribute)
            return Trouble{place,
                           fmt::format("MJML makes something of '{}' and needs its value now: write it without Liquid",
                                       piece.attribute)};
        return Trouble{place, "MJML leaves this place out of the mail: no Liquid can stand here"};
    }
    if (displaced_)
        return Trouble{place_at(source_, mjml_.pieces[*displaced_].begin),
                       "MJML moves this to another place in the mail"};
    return std::nullopt;
}

std::expected<RestoredMjml, Trouble> Restorer::run() {
    constexpr std::size_t rest = 5;  // four digits and "z"
    for (std::size_t i = 0; i < seen_.size(); ++i)
        if (mjml_.pieces[i].where == Where::before) write(i);
    last_ = 0;
    std::size_t done = 0;
    for (std::size_t at = html_.find(mjml_.word); at != std::string_view::npos; at = html_.find(mjml_.word, at + 1)) {
        const auto number = number_at(at);
        if (!number) continue;
        out_.text += html_.substr(done, at - done);
        write(*number);
        done = at + mjml_.word.size() + rest;
        // A bare attribute is given an empty value on the way.
        if (html_.substr(done).starts_with("=\"\"")) done += 3;
    }
    out_.text += html_.substr(done);
    for (std::size_t i = 0; i < seen_.size(); ++i)
        if (mjml_.pieces[i].where == Where::after) write(i);
    if (auto trouble = check()) return std::unexpected(std::move(*trouble));
    return std::move(out_);
}

}  // namespace

std::expected<ProtectedMjml, Trouble> protect_mjml(std::string_view source) {
    try {
        return Protector(source).run();
    } catch (Refused& refused) {
        return std::unexpected(Trouble{place_at(source, refused.offset), std::move(refused.sentence)});
    }
}

std::expected<RestoredMjml, Trouble> restore_mjml(std::string_view html, const ProtectedMjml& mjml,
                                                  std::string_view source) {
    return Restorer(html, mjml, source).run();
}

}  // namespace chapar::render

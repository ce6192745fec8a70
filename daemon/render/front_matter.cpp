#include "render/front_matter.hpp"

#include "base/json.hpp"
#include "render/locale.hpp"
#include "render/syntax_advice.hpp"

#include <chapar/toml_bounds.hpp>

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <sstream>

namespace chapar::render {

namespace {

constexpr std::string_view fence = "+++";
/// Each is looked for or rendered on its own for every message.
constexpr std::size_t most_parts = 100, most_names = 500;

std::vector<std::string_view> known_keys() {
    return {"subject", "preheader", "from",     "reply_to", "text",  "list_unsubscribe", "class", "layout",
            "lang",    "dir",       "required", "sample",   "parts", "silence",          "bidi",  "short_links"};
}

struct Split {
    std::string_view toml;
    std::size_t body_offset = 0;
    unsigned body_line = 1;
};

/// The first line of `text` without its end, and how many bytes it takes with it.
std::pair<std::string_view, std::size_t> first_line(std::string_view text) {
    const std::size_t end = text.find('\n');
    const std::size_t size = end == std::string_view::npos ? text.size() : end;
    std::string_view line = text.substr(0, size);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return {line, end == std::string_view::npos ? size : size + 1};
}

std::string_view without_blanks_behind(std::string_view line) {
    const std::size_t last = line.find_last_not_of(" \t");
    return last == std::string_view::npos ? "" : line.substr(0, last + 1);
}

/// A line that is meant to be a fence, and is none.
bool is_nearly_fence(std::string_view line, std::string_view rest) {
    const std::size_t first = line.find_first_not_of(" \t");
    if (first == std::string_view::npos) return false;
    const std::string_view word = without_blanks_behind(line.substr(first));
    const auto only = [&](char c) { return word.size() > 1 && word.find_first_not_of(c) == std::string_view::npos; };
    if (only('+')) return true;
    if (word.starts_with(fence)) return true;
    // Other programs write it with dashes; a text may begin with them too.
    const bool has_keys = rest.starts_with("subject") || rest.starts_with("class") || rest.starts_with("lang") ||
                          rest.starts_with("required") || rest.starts_with("layout");
    return (only('-') || word == "```toml" || word == "＋＋＋") && has_keys;
}

std::expected<Split, Trouble> split(std::string_view source) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    Split result;
    std::size_t at = source.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
    auto [line, used] = first_line(source.substr(at));
    result.body_offset = at;
    if (without_blanks_behind(line) != fence) {
        unsigned number = 1;
        for (; at < source.size() && line.find_first_not_of(" \t") == std::string_view::npos; ++number) {
            at += used;
            std::tie(line, used) = first_line(source.substr(at));
        }
        if (is_nearly_fence(line, source.substr(std::min(at + used, source.size()))))
            return std::unexpected(Trouble{{number, 1}, "front matter begins in the first line, with +++ alone"});
        return result;
    }
    at += used;
    const std::size_t toml_at = at;
    for (unsigned number = 2; at < source.size(); ++number) {
        std::tie(line, used) = first_line(source.substr(at));
        if (without_blanks_behind(line) == fence) {
            result.toml = source.substr(toml_at, at - toml_at);
            result.body_offset = at + used;
            result.body_line = number + 1;
            return result;
        }
        at += used;
    }
    return std::unexpected(Trouble{{1, 1},
                                   "the front matter that starts here has no closing line +++; write +++ alone in a "
                                   "line before the text of the mail"});
}

/// TOML counts from its own first line, which is the file's second.
Place place_of(const toml::source_region& region) { return {region.begin.line + 1, region.begin.column}; }

std::string_view type_name(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::string:
            return "a string";
        case toml::node_type::integer:
            return "an integer";
        case toml::node_type::floating_point:
            return "a number";
        case toml::node_type::boolean:
            return "a boolean";
        case toml::node_type::array:
            return "a list";
        case toml::node_type::table:
            return "a table";
        case toml::node_type::date:
        case toml::node_type::time:
        case toml::node_type::date_time:
            return "a date or time";
        case toml::node_type::none:
            return "nothing";
    }
    return "nothing";
}

template <class T>
std::string iso(const toml::value<T>& value) {
    std::ostringstream out;
    out << value.get();
    return out.str();
}

/// Sample data as JSON; dates become strings, as an application would send them.
void append_json(json::Writer& out, const toml::node& node) {
    if (const auto* table = node.as_table()) {
        out.begin_object();
        for (const auto& [key, value] : *table)
            append_json(out.key(key.str()), value);
        out.end_object();
    } else if (const auto* array = node.as_array()) {
        out.begin_array();
        for (const auto& value : *array)
            append_json(out, value);
        out.end_array();
    } else if (const auto* text = node.as_string()) {
        out.value(text->get());
    } else if (const auto* integer = node.as_integer()) {
        out.value(integer->get());
    } else if (const auto* number = node.as_floating_point()) {
        out.value(number->get());
    } else if (const auto* flag = node.as_boolean()) {
        out.value(flag->get());
    } else if (const auto* date = node.as_date()) {
        out.value(iso(*date));
    } else if (const auto* time = node.as_time()) {
        out.value(iso(*time));
    } else if (const auto* date_time = node.as_date_time()) {
        out.value(iso(*date_time));
    } else {
        out.null();
    }
}

class Reader {
  public:
    explicit Reader(FrontMatter& out) : out_(out) {}
    std::optional<Trouble> read(const toml::table& table);

  private:
    using Problem = std::optional<Trouble>;
    Problem read_key(const toml::key& key, const toml::node& node);
    Problem read_parts(const toml::node& node);
    Problem read_part(std::string_view name, const toml::node& node);
    Problem read_string(std::string_view name, const toml::node& node, std::optional<std::string>& out);
    Problem read_strings(std::string_view name, const toml::node& node, std::vector<std::string>& out);
    Problem read_unsubscribe(const toml::node& node);
    Problem read_dir(const toml::node& node);
    Problem read_bidi(const toml::node& node);
    Problem read_flag(std::string_view name, const toml::node& node, std::optional<bool>& out);
    Problem read_sample(const toml::node& node);
    Problem read_required(const toml::node& node);
    static Trouble wrong_type(std::string_view name, std::string_view expected, const toml::node& node) {
        return {place_of(node.source()), fmt::format("{} must be {}, and is {}", name, expected, type_name(node))};
    }
    FrontMatter& out_;
};

std::optional<Trouble> Reader::read(const toml::table& table) {
    for (const auto& [key, node] : table)
        if (auto problem = read_key(key, node)) return problem;
    return std::nullopt;
}

Reader::Problem Reader::read_key(const toml::key& key, const toml::node& node) {
    const std::string_view name = key.str();
    constexpr std::array<std::string_view, 5> texts = {"subject", "preheader", "from", "reply_to", "text"};
    if (std::find(texts.begin(), texts.end(), name) != texts.end()) return read_part(name, node);
    if (name == "parts") return read_parts(node);
    if (name == "class") return read_string(name, node, out_.class_name);
    if (name == "lang") return read_string(name, node, out_.lang);
    if (name == "layout") {
        out_.layout_place = place_of(node.source());
        return read_string(name, node, out_.layout);
    }
    if (name == "dir") return read_dir(node);
    if (name == "bidi") return read_bidi(node);
    if (name == "inline_css") return read_flag(name, node, out_.inline_css);
    if (name == "short_links") return read_flag(name, node, out_.short_links);
    if (name == "list_unsubscribe") return read_unsubscribe(node);
    if (name == "required") return read_required(node);
    if (name == "sample") return read_sample(node);
    if (name == "silence") return read_strings(name, node, out_.silenced);
    const std::string_view near = nearest(name, known_keys());
    return Trouble{place_of(key.source()), fmt::format("unknown key '{}'{}", name,
                                                       near.empty() ? "" : fmt::format("; did you mean '{}'?", near))};
}

Reader::Problem Reader::read_part(std::string_view name, const toml::node& node) {
    const auto* text = node.as_string();
    if (text == nullptr) return wrong_type(name, "a string", node);
    Place place = place_of(node.source());
    ++place.column;  // the text begins after its quote
    out_.parts.push_back({std::string(name), text->get(), place});
    return std::nullopt;
}

Reader::Problem Reader::read_parts(const toml::node& node) {
    const auto* table = node.as_table();
    if (table == nullptr) return wrong_type("parts", "a table", node);
    if (table->size() > most_parts)
        return Trouble{place_of(node.source()), fmt::format("parts has more than {} texts", most_parts)};
    for (const auto& [key, value] : *table) {
        const std::string_view name = key.str();
        const auto known = known_keys();
        if (name == "html" || std::find(known.begin(), known.end(), name) != known.end())
            return Trouble{place_of(key.source()),
                           fmt::format("'{}' has a meaning of its own and can't be in [parts]", name)};
        if (auto problem = read_part(name, value)) return problem;
    }
    return std::nullopt;
}

Reader::Problem Reader::read_string(std::string_view name, const toml::node& node, std::optional<std::string>& out) {
    const auto* text = node.as_string();
    if (text == nullptr) return wrong_type(name, "a string", node);
    out = text->get();
    return std::nullopt;
}

Reader::Problem Reader::read_strings(std::string_view name, const toml::node& node, std::vector<std::string>& out) {
    const auto* array = node.as_array();
    if (array == nullptr) return wrong_type(name, "a list of strings", node);
    if (array->size() > most_names)
        return Trouble{place_of(node.source()), fmt::format("{} has more than {} names", name, most_names)};
    for (const auto& item : *array) {
        const auto* text = item.as_string();
        if (text == nullptr) return wrong_type(fmt::format("each item of {}", name), "a string", item);
        out.push_back(text->get());
    }
    return std::nullopt;
}

Reader::Problem Reader::read_unsubscribe(const toml::node& node) {
    if (const auto* flag = node.as_boolean()) {
        out_.list_unsubscribe = flag->get();
        return std::nullopt;
    }
    if (!node.is_string()) return wrong_type("list_unsubscribe", "true, false or a string", node);
    out_.list_unsubscribe = true;
    return read_part("list_unsubscribe", node);
}

Reader::Problem Reader::read_bidi(const toml::node& node) {
    const auto* flag = node.as_boolean();
    if (flag == nullptr) return Trouble{place_of(node.source()), "bidi must be true or false"};
    out_.bidi = flag->get();
    return std::nullopt;
}

Reader::Problem Reader::read_flag(std::string_view name, const toml::node& node, std::optional<bool>& out) {
    const auto* flag = node.as_boolean();
    if (flag == nullptr) return wrong_type(name, "true or false", node);
    out = flag->get();
    return std::nullopt;
}

Reader::Problem Reader::read_dir(const toml::node& node) {
    const auto* text = node.as_string();
    if (text != nullptr && (text->get() == "rtl" || text->get() == "ltr")) {
        out_.right_to_left = text->get() == "rtl";
        return std::nullopt;
    }
    return Trouble{place_of(node.source()), "dir must be \"rtl\" or \"ltr\""};
}

Reader::Problem Reader::read_sample(const toml::node& node) {
    const auto* table = node.as_table();
    if (table == nullptr) return wrong_type("sample", "a table", node);
    for (const auto& [key, value] : *table) {
        json::Writer text;
        append_json(text, value);
        out_.sample.emplace_back(key.str(), text.take());
    }
    return std::nullopt;
}

Reader::Problem Reader::read_required(const toml::node& node) {
    out_.required_place = place_of(node.source());
    std::vector<std::string> paths;
    if (auto problem = read_strings("required", node, paths)) return problem;
    for (const std::string& path : paths) {
        const bool broken =
            path.empty() || path.front() == '.' || path.back() == '.' || path.find("..") != std::string::npos;
        if (broken) return Trouble{out_.required_place, fmt::format("'{}' in required is no name of a variable", path)};
        if (path.starts_with("recipient.") || path.starts_with("message."))
            return Trouble{out_.required_place,
                           fmt::format("required names fields of the message's data, and '{}' is not one", path)};
    }
    out_.required = std::move(paths);
    return std::nullopt;
}

/// What TOML says, or, where the line shows it, what to write instead. A text that is not closed is met a line later.
Trouble explained(std::string_view toml, Place place, std::string_view description) {
    std::vector<std::string_view> lines;
    while (!toml.empty()) {
        const auto [line, used] = first_line(toml);
        lines.push_back(line);
        toml.remove_prefix(used);
    }
    for (unsigned line = place.line; line + 1 >= place.line && line >= 2; --line) {
        if (line - 2 >= lines.size()) continue;
        if (const auto advice = advice_on_toml(lines[line - 2]))
            return {{line, static_cast<unsigned>(advice->at) + 1}, advice->sentence};
    }
    return {place, std::string(description)};
}

}  // namespace

const SourceText* FrontMatter::part(std::string_view name) const {
    const auto found = std::find_if(parts.begin(), parts.end(), [&](const SourceText& p) { return p.name == name; });
    return found == parts.end() ? nullptr : &*found;
}

std::expected<FrontMatter, Trouble> read_front_matter(std::string_view source) {
    const auto pieces = split(source);
    if (!pieces) return std::unexpected(pieces.error());
    FrontMatter result;
    result.body_offset = pieces->body_offset;
    result.body_line = pieces->body_line;
    if (auto excess = toml_excess(pieces->toml))
        return std::unexpected(Trouble{{static_cast<unsigned>(excess->line) + 1, static_cast<unsigned>(excess->column)},
                                       "the front matter " + excess->sentence});
    try {
        const toml::table table = toml::parse(pieces->toml);
        if (auto problem = Reader(result).read(table)) return std::unexpected(std::move(*problem));
    } catch (const toml::parse_error& error) {
        return std::unexpected(explained(pieces->toml, place_of(error.source()), error.description()));
    }
    return result;
}

std::string describe(std::string_view file, const Trouble& trouble) {
    return fmt::format("{}:{}:{}: {}", file, trouble.place.line, trouble.place.column, trouble.sentence);
}

}  // namespace chapar::render

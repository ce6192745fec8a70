// The parts that several sections of a description share: requests, fields, readings, codes.
#include <algorithm>

#include "sms/http/reader.hpp"

namespace chapar::sms::http {
namespace {

constexpr std::size_t longest_expression = 500;  // std::regex recurses with the brackets of what it reads

Field read_field(const Reader& reader, const Names& names, std::string_view name, const toml::node& node);

std::vector<Field> read_fields(const Reader& reader, const Names& names) {
    std::vector<Field> out;
    for (const auto& [name, node] : reader.table())
        out.push_back(read_field(reader, names, name.str(), node));
    return out;
}

/// A table that has "value" or "each" says how one value is made; another one is an object of JSON.
bool is_object(const toml::table& table) { return !table.contains("value") && !table.contains("each"); }

void read_each(const Reader& reader, const Names& names, Field& out) {
    const toml::node& each = *reader.table().get("each");
    out.each = reader.has("join") ? Field::Each::join : Field::Each::json;
    if (reader.boolean("repeat", false)) out.each = Field::Each::repeat;
    out.join = reader.string("join");
    if (const auto* table = each.as_table()) {
        out.kind = Field::Kind::object;
        out.fields = read_fields(Reader(*table, reader.title() + ".each", reader.file()), names);
        return;
    }
    out.value = reader.pattern(each);
    names.check(out.value, reader, each);
}

void read_rule(const Reader& reader, const Names& names, Field& out) {
    reader.allow({"value", "each", "type", "optional", "map", "join", "repeat"});
    out.kind = reader.choice<Field::Kind>(
        "type", Field::Kind::text,
        {{"text", Field::Kind::text}, {"number", Field::Kind::number}, {"boolean", Field::Kind::boolean}});
    out.optional = reader.boolean("optional", false);
    if (const auto map = reader.section("map"))
        for (const auto& [from, to] : map->table())
            out.map.emplace(from.str(), map->string(to));
    if (reader.has("value") == reader.has("each")) reader.fail("each", "expected either \"value\" or \"each\"");
    if (reader.has("each")) return read_each(reader, names, out);
    out.value = reader.pattern("value");
    names.check(out.value, reader, *reader.table().get("value"));
}

Field read_field(const Reader& reader, const Names& names, std::string_view name, const toml::node& node) {
    Field out;
    out.name = name;
    if (const auto* table = node.as_table()) {
        const Reader inner(*table, reader.title() + "." + std::string(name), reader.file());
        if (is_object(*table)) {
            out.kind = Field::Kind::object;
            out.fields = read_fields(inner, names);
        } else {
            read_rule(inner, names, out);
        }
    } else if (node.is_string()) {
        out.value = reader.pattern(node);
        names.check(out.value, reader, node);
    } else if (const auto number = node.value_exact<std::int64_t>()) {
        out.kind = Field::Kind::literal;
        out.literal = std::to_string(*number);
    } else if (const auto flag = node.value_exact<bool>()) {
        out.kind = Field::Kind::literal;
        out.literal = *flag ? "true" : "false";
    } else {
        reader.fail(node, "expected a string, a whole number, true, false or a table");
    }
    return out;
}

bool has_object(const std::vector<Field>& fields) {
    return std::ranges::any_of(fields, [](const Field& field) { return field.kind == Field::Kind::object; });
}

void read_auth(const Reader& reader, const Names& names, Request& out) {
    const auto auth = reader.string("auth", "none");
    if (auth == "basic") {
        reader.need("user", "the name for basic authentication");
        reader.need("password", "the password for basic authentication");
        out.user = reader.pattern("user");
        out.password = reader.pattern("password");
        names.check(out.user, reader, *reader.table().get("user"));
        names.check(out.password, reader, *reader.table().get("password"));
    } else if (auth == "bearer") {
        reader.need("token", "the token for bearer authentication");
        out.bearer = reader.pattern("token");
        names.check(out.bearer, reader, *reader.table().get("token"));
    } else if (auth != "none") {
        reader.fail("auth", "unknown auth \"" + auth + "\"" + Reader::suggestion(auth, {"basic", "bearer", "none"}));
    }
}

}  // namespace

void read_request(const Reader& reader, const Names& names, Request& out) {
    reader.need("url", "where requests go");
    out.url = reader.pattern("url");
    names.check(out.url, reader, *reader.table().get("url"));
    const auto url = reader.string("url");
    if (!url.starts_with("https://") && !url.starts_with("http://"))
        reader.fail("url", "expected https://... or http://...");
    if (url.substr(0, url.find('/', 8)).find('{') != std::string::npos)
        reader.fail("url", "the host can't be a {name}; a route's 'endpoint' replaces it");
    out.method = reader.choice<std::string>("method", "POST", {{"GET", "GET"}, {"POST", "POST"}, {"PUT", "PUT"}});
    out.timeout = std::chrono::seconds(reader.integer("timeout", 30, 1, 300));
    out.encode = reader.choice<Encode>("encode", out.method == "GET" ? Encode::query : Encode::form,
                                       {{"form", Encode::form}, {"json", Encode::json}, {"query", Encode::query}});
    read_auth(reader, names, out);
    if (const auto headers = reader.section("headers")) {
        for (const auto& [name, node] : headers->table()) {
            out.headers.emplace_back(name.str(), headers->pattern(node));
            names.check(out.headers.back().second, *headers, node);
        }
    }
    if (const auto query = reader.section("query")) out.query = read_fields(*query, names);
    if (const auto fields = reader.section("fields")) out.fields = read_fields(*fields, names);
    if (has_object(out.query) || (out.encode != Encode::json && has_object(out.fields)))
        reader.fail("fields", "objects are for encode = \"json\"");
    if (out.method == "GET" && out.encode != Encode::query) reader.fail("encode", "GET has no body: use \"query\"");
}

Reading read_reading(const Reader& reader, std::string_view key, Format format) {
    Reading out;
    if (!reader.has(key)) return out;
    const toml::node& node = *reader.table().get(key);
    if (const auto column = node.value_exact<std::int64_t>()) {
        if (format != Format::text || *column < 1 || *column > 100)
            reader.fail(node, "a number is a column, 1 and up, and for format = \"text\"");
        out.column = static_cast<std::size_t>(*column - 1);
        return out;
    }
    const auto text = reader.string(node);
    if (text.starts_with("re:")) {
        if (format != Format::text) reader.fail(node, "an expression is for format = \"text\"");
        if (text.size() > longest_expression)
            reader.fail(node, "an expression has at most " + std::to_string(longest_expression) + " characters");
        try {
            out.expression = std::make_shared<const std::regex>(text.substr(3), std::regex::ECMAScript);
        } catch (const std::regex_error& error) {
            reader.fail(node, std::string("the expression is wrong: ") + error.what());
        }
        if (out.expression->mark_count() < 1) reader.fail(node, "the expression needs a (group) for the value");
        return out;
    }
    if (format == Format::text) reader.fail(node, "expected a column (a number) or \"re:EXPRESSION\"");
    out.from_root = text.starts_with('/');
    out.path = out.from_root ? text.substr(1) : text;
    if (out.path.empty()) reader.fail(node, "expected the path of a value, such as \"/data/id\"");
    return out;
}

Ruling read_ruling(const Reader& reader, const toml::node& node) {
    const auto ruling = parse_ruling(reader.string(node));
    if (!ruling)
        reader.fail(node,
                    "expected accepted, delivered, blocked, sender, or retry, rejected or unknown, then / and message, "
                    "recipient, gone, lane, credentials or provider: \"retry/lane\", \"retry/provider 1h\"");
    return *ruling;
}

void read_codes(const Reader& reader, Codes& out) {
    out.ok = reader.strings("ok");
    if (reader.has("other")) out.other = read_ruling(reader, *reader.table().get("other"));
    const auto codes = reader.section("codes");
    if (!codes) return;
    for (const auto& [code, node] : codes->table())
        out.rulings.emplace(code.str(), read_ruling(*codes, node));
}

Rulings read_http(const Reader& reader) {
    Rulings out;
    for (const auto& [status, node] : reader.table()) {
        const auto name = std::string(status.str());
        const bool is_class = name.size() == 3 && name.ends_with("xx") && name[0] >= '2' && name[0] <= '5';
        const bool is_status = name.size() == 3 && name.find_first_not_of("0123456789") == std::string::npos;
        if (!is_class && !is_status) reader.fail(node, "expected a status such as \"429\" or \"5xx\"");
        out.emplace(name, read_ruling(reader, node));
    }
    return out;
}

}  // namespace chapar::sms::http

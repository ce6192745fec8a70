#include "plugin/schema.hpp"

#include <simdjson.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "config/suggest.hpp"
#include "config/values.hpp"
#include "plugin/instance.hpp"

namespace chapar::plugin {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

/// What a setting of this type must look like, for the sentence of an error.
std::string_view expectation(std::string_view type) {
    if (type == "integer") return "a whole number";
    if (type == "boolean") return "true or false";
    if (type == "duration") return "a duration such as \"30s\"";
    if (type == "strings") return "a list of strings";
    if (type == "secret") return "the name of a secret file";
    return "a string";
}

bool write_strings(json::Writer& out, element value) {
    simdjson::dom::array items;
    if (value.get(items) != simdjson::SUCCESS) return false;
    out.begin_array();
    for (element item : items) {
        std::string_view text;
        if (item.get(text) != simdjson::SUCCESS) return false;
        out.value(text);
    }
    out.end_array();
    return true;
}

/// Writes `value` as `type` asks. The error: what is wrong, or empty for "not of this type".
std::optional<std::string> write_value(json::Writer& out, std::string_view type, element value) {
    std::string_view text;
    std::int64_t number = 0;
    bool flag = false;
    if (type == "strings") return write_strings(out, value) ? std::nullopt : std::optional<std::string>("");
    if (type == "integer" && value.get(number) == simdjson::SUCCESS) return out.value(number), std::nullopt;
    if (type == "boolean" && value.get(flag) == simdjson::SUCCESS) return out.value(flag), std::nullopt;
    bool is_textual = type == "string" || type == "secret" || type == "duration";
    if (!is_textual || value.get(text) != simdjson::SUCCESS) return "";
    if (type == "secret" && text.empty()) return "";
    if (type != "duration") return out.value(text), std::nullopt;
    auto duration = config::parse_duration(text);
    if (!duration) return duration.error();
    return out.value(duration->count()), std::nullopt;
}

struct Rule {
    std::string_view key, type = "string";
    bool required = false;
    std::optional<element> otherwise{};
};

Result<std::vector<Rule>> read_schema(object schema) {
    std::vector<Rule> rules;
    for (auto [key, description] : schema) {
        Rule rule{.key = key};
        object fields;
        if (description.get(fields) != simdjson::SUCCESS) {
            return fail(Code::refused, "the plugin's schema of its settings is wrong at " + quoted(key));
        }
        element otherwise;
        // Both may be absent; then the defaults of Rule hold.
        if (fields["type"].get(rule.type) != simdjson::SUCCESS) rule.type = "string";
        if (fields["required"].get(rule.required) != simdjson::SUCCESS) rule.required = false;
        if (fields["default"].get(otherwise) == simdjson::SUCCESS && !otherwise.is_null()) rule.otherwise = otherwise;
        rules.push_back(rule);
    }
    return rules;
}

Result<void> refuse_unknown(object given, const std::vector<Rule>& rules) {
    std::vector<std::string_view> known;
    for (const Rule& rule : rules)
        known.push_back(rule.key);
    for (auto [key, value] : given) {
        if (std::ranges::find(known, key) != known.end()) continue;
        return fail(Code::bad_config, "unknown setting " + quoted(key) + config::suggestion(key, known));
    }
    return {};
}

}  // namespace

Result<std::string> normalise(std::string_view config_json, std::string_view schema_json) {
    simdjson::dom::parser schema_parser, given_parser;
    object schema, given;
    simdjson::padded_string schema_text(schema_json.empty() ? "{}" : schema_json);
    simdjson::padded_string given_text(config_json.empty() ? "{}" : config_json);
    if (schema_parser.parse(schema_text).get(schema) != simdjson::SUCCESS) {
        return fail(Code::refused, "the plugin's schema of its settings is not a JSON object");
    }
    if (given_parser.parse(given_text).get(given) != simdjson::SUCCESS) {
        return fail(Code::bad_config, "the settings are not one table");
    }
    Result<std::vector<Rule>> rules = read_schema(schema);
    if (!rules) return std::unexpected(rules.error());
    if (Result<void> ok = refuse_unknown(given, *rules); !ok) return std::unexpected(ok.error());
    json::Writer out;
    out.begin_object();
    for (const Rule& rule : *rules) {
        element value;
        bool is_given = given[rule.key].get(value) == simdjson::SUCCESS;
        if (!is_given && rule.required) {
            return fail(Code::bad_config,
                        "the setting " + quoted(rule.key) + " is missing: " + std::string(expectation(rule.type)));
        }
        if (!is_given && !rule.otherwise) continue;
        out.key(rule.key);
        auto problem = write_value(out, rule.type, is_given ? value : *rule.otherwise);
        if (!problem) continue;
        std::string detail = problem->empty() ? "" : " (" + *problem + ")";
        return fail(is_given ? Code::bad_config : Code::refused,
                    "the setting " + quoted(rule.key) + " must be " + std::string(expectation(rule.type)) + detail);
    }
    out.end_object();
    return out.take();
}

}  // namespace chapar::plugin

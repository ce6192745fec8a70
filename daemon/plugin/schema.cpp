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

void find_unknown(object given, const std::vector<Rule>& rules, std::vector<SettingProblem>& problems) {
    std::vector<std::string_view> known;
    for (const Rule& rule : rules)
        known.push_back(rule.key);
    for (auto [key, value] : given) {
        if (std::ranges::find(known, key) != known.end()) continue;
        problems.push_back({std::string(key), "unknown setting " + quoted(key) + config::suggestion(key, known)});
    }
}

/// Writes the setting as its rule asks, when it is there or has a default. False: the default itself is wrong.
bool write_setting(json::Writer& out, object given, const Rule& rule, std::vector<SettingProblem>& problems) {
    element value;
    const bool is_given = given[rule.key].get(value) == simdjson::SUCCESS;
    const std::string expected(expectation(rule.type));
    if (!is_given && rule.required)
        problems.push_back({"", "the setting " + quoted(rule.key) + " is missing: " + expected});
    if (!is_given && (rule.required || !rule.otherwise)) return true;
    // A value that does not fit is written nowhere: the text is used only when there is no problem.
    json::Writer written;
    const auto problem = write_value(written, rule.type, is_given ? value : *rule.otherwise);
    if (!problem) out.key(rule.key).raw(written.text());
    if (!problem) return true;
    const std::string detail = problem->empty() ? "" : " (" + *problem + ")";
    problems.push_back({std::string(rule.key), "the setting " + quoted(rule.key) + " must be " + expected + detail});
    return is_given;
}

}  // namespace

Normalised read_settings(std::string_view config_json, std::string_view schema_json) {
    Normalised all;
    simdjson::dom::parser schema_parser, given_parser;
    object schema, given;
    simdjson::padded_string schema_text(schema_json.empty() ? "{}" : schema_json);
    simdjson::padded_string given_text(config_json.empty() ? "{}" : config_json);
    if (schema_parser.parse(schema_text).get(schema) != simdjson::SUCCESS) {
        all.is_plugins_fault = true;
        all.problems.push_back({"", "the plugin's schema of its settings is not a JSON object"});
        return all;
    }
    if (given_parser.parse(given_text).get(given) != simdjson::SUCCESS) {
        all.problems.push_back({"", "the settings are not one table"});
        return all;
    }
    const Result<std::vector<Rule>> rules = read_schema(schema);
    if (!rules) {
        all.is_plugins_fault = true;
        all.problems.push_back({"", rules.error().message()});
        return all;
    }
    find_unknown(given, *rules, all.problems);
    json::Writer out;
    out.begin_object();
    for (const Rule& rule : *rules)
        if (!write_setting(out, given, rule, all.problems)) all.is_plugins_fault = true;
    all.json = out.end_object().take();
    return all;
}

std::vector<std::string> settings_of_type(std::string_view schema_json, std::string_view type) {
    simdjson::dom::parser parser;
    object schema;
    simdjson::padded_string text(schema_json.empty() ? "{}" : schema_json);
    std::vector<std::string> keys;
    if (parser.parse(text).get(schema) != simdjson::SUCCESS) return keys;
    const Result<std::vector<Rule>> rules = read_schema(schema);
    for (const Rule& rule : rules ? *rules : std::vector<Rule>{})
        if (rule.type == type) keys.emplace_back(rule.key);
    return keys;
}

Result<std::string> normalise(std::string_view config_json, std::string_view schema_json) {
    Normalised all = read_settings(config_json, schema_json);
    if (all.problems.empty()) return std::move(all.json);
    std::string text;
    for (const SettingProblem& problem : all.problems)
        text += (text.empty() ? "" : "; ") + problem.text;
    return fail(all.is_plugins_fault ? Code::refused : Code::bad_config, std::move(text));
}

}  // namespace chapar::plugin

#include "cli/submission.hpp"

#include <fmt/format.h>
#include <simdjson.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <sstream>

#include "base/json.hpp"
#include "base/json_parser.hpp"
#include "cli/options.hpp"
#include "config/values.hpp"

namespace chapar::cli {
namespace {

constexpr std::array<std::string_view, 5> to_columns = {"recipient", "email", "phone", "locale", "timezone"};

bool is_to(std::string_view column) {
    return std::find(to_columns.begin(), to_columns.end(), column) != to_columns.end();
}

std::string hash(std::string_view text) {
    const XXH128_hash_t sum = XXH3_128bits(text.data(), text.size());
    return fmt::format("{:016x}{:016x}", sum.high64, sum.low64);
}

void write_to(json::Writer& out, const Common& common, const std::vector<std::pair<std::string, std::string>>& row) {
    out.key("to").begin_object();
    bool has_locale = false;
    for (const auto& [column, value] : row) {
        if (!is_to(column) || value.empty()) continue;
        out.member(column, value);
        has_locale = has_locale || column == "locale";
    }
    if (!has_locale && !common.locale.empty()) out.member("locale", common.locale);
    if (!common.country.empty()) out.member("country", common.country);
    const bool has_attributes =
        std::any_of(row.begin(), row.end(), [](const auto& field) { return field.first.starts_with("attr."); });
    if (has_attributes) {
        out.key("attributes").begin_object();
        for (const auto& [column, value] : row) {
            if (column.starts_with("attr.")) out.member(std::string_view(column).substr(5), value);
        }
        out.end_object();
    }
    out.end_object();
}

void write_list(json::Writer& out, std::string_view name, const std::vector<std::string>& values) {
    if (values.empty()) return;
    out.key(name).begin_array();
    for (const auto& value : values)
        out.value(value);
    out.end_array();
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> out;
    std::istringstream words{std::string(text)};
    for (std::string word; std::getline(words, word, ',');) {
        if (!word.empty()) out.push_back(word);
    }
    return out;
}

/// As JSON: a duration ("24h") in milliseconds, a number as it is; what is neither stays a text, so that the daemon
/// says what is wrong with it.
std::string number_of(const std::string& text) {
    if (const auto duration = config::parse_duration(text)) return std::to_string(duration->count());
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size() && std::isfinite(number))
        return fmt::format("{}", number);
    std::string out;
    json::append_string(out, text);
    return out;
}

}  // namespace

Common common_of(const Parsed& options) {
    Common common;
    common.template_name = options.get("template");
    common.class_name = options.get("class");
    common.campaign = options.get("campaign");
    common.send_at = options.get("send-at");
    common.expires_at = options.get("expires-at");
    common.from = options.get("from");
    common.locale = options.get("locale");
    common.country = options.get("country");
    common.channels = split(options.get("channels"));
    common.plan = options.get("plan");
    if (const auto tags = options.values.find("tag"); tags != options.values.end()) common.tags = tags->second;
    for (const auto& [option, list] : {std::pair("cc", &common.cc), std::pair("bcc", &common.bcc)}) {
        const auto given = options.values.find(option);
        if (given == options.values.end()) continue;
        for (const auto& some : given->second)
            std::ranges::move(split(some), std::back_inserter(*list));
    }
    for (const auto& [option, member] :
         {std::pair("category", "category"), std::pair("variant", "variant"), std::pair("household", "household"),
          std::pair("collapse-key", "collapse_key"), std::pair("dedupe-key", "dedupe_key"), std::pair("at", "at")}) {
        if (!options.has(option)) continue;
        std::string text;
        json::append_string(text, options.get(option));
        common.more.emplace_back(member, std::move(text));
    }
    for (const auto& [option, member] : {std::pair("dedupe-window", "dedupe_window_ms"), std::pair("value", "value"),
                                         std::pair("fallback-after", "fallback_after_ms")}) {
        if (options.has(option)) common.more.emplace_back(member, number_of(options.get(option)));
    }
    if (options.has("test")) common.more.emplace_back("test", "true");
    return common;
}

std::string submission_json(const Common& common, const std::vector<std::pair<std::string, std::string>>& row,
                            const std::string& data_json) {
    json::Writer out;
    out.begin_object();
    write_to(out, common, row);
    for (const auto& [name, value] : {std::pair<std::string_view, const std::string&>{"template", common.template_name},
                                      {"class", common.class_name},
                                      {"campaign", common.campaign},
                                      {"send_at", common.send_at},
                                      {"expires_at", common.expires_at},
                                      {"from", common.from}}) {
        if (!value.empty()) out.member(name, value);
    }
    write_list(out, "channels", common.channels);
    if (!common.plan.empty()) out.member("channels", common.plan);
    for (const auto& [name, value] : common.more)
        out.key(name).raw(value);
    write_list(out, "cc", common.cc);
    write_list(out, "bcc", common.bcc);
    write_list(out, "tags", common.tags);
    if (!data_json.empty()) {
        out.key("data").raw(data_json);
    } else {
        out.key("data").begin_object();
        for (const auto& [column, value] : row) {
            if (!is_to(column) && !column.starts_with("attr.") && column != "idempotency_key")
                out.member(column, value);
        }
        out.end_object();
    }
    for (const auto& [column, value] : row) {
        if (column == "idempotency_key" && !value.empty()) out.member("idempotency_key", value);
    }
    return out.end_object().take();
}

std::string derived_key(const Common& common, std::string_view text) {
    std::string all = common.template_name + '\n' + common.class_name + '\n' + common.campaign + '\n';
    all += text;
    return "send-" + hash(all);
}

std::string with_key(std::string_view line) {
    json::Parser parser;
    simdjson::dom::element root;
    simdjson::dom::object object;
    if (parser.parse(line, root) != simdjson::SUCCESS || root.get(object) != simdjson::SUCCESS)
        return std::string(line);
    simdjson::dom::element existing;
    if (object["idempotency_key"].get(existing) == simdjson::SUCCESS) return std::string(line);
    const auto brace = line.find('{');
    const bool is_empty = object.begin() == object.end();
    return fmt::format("{}\"idempotency_key\":\"line-{}\"{}{}", line.substr(0, brace + 1), hash(line),
                       is_empty ? "" : ",", line.substr(brace + 1));
}

}  // namespace chapar::cli

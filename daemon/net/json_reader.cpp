#include "net/json_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chapar::net {
namespace {

constexpr std::size_t first_capacity = 64 << 10;
constexpr std::size_t few = 16;  // up to here comparing all pairs is cheaper than sorting

int hex4(std::string_view text) {
    int value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        if (i >= text.size()) return -1;
        const char c = text[i];
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                 : -1;
        if (digit < 0) return -1;
        value = value << 4 | digit;
    }
    return value;
}

}  // namespace

bool has_lone_surrogate(std::string_view json) {
    std::size_t at = 0;
    while ((at = json.find('\\', at)) != std::string_view::npos) {
        if (at + 1 >= json.size()) return false;
        if (json[at + 1] != 'u') {
            at += 2;
            continue;
        }
        const int unit = hex4(json.substr(at + 2));
        at += 6;
        if (unit < 0xD800 || unit > 0xDFFF) continue;
        if (unit >= 0xDC00 || json.substr(std::min(at, json.size()), 2) != "\\u") return true;
        const int low = hex4(json.substr(at + 2));
        if (low < 0xDC00 || low > 0xDFFF) return true;
        at += 6;
    }
    return false;
}

void JsonReader::set_limits(std::uint32_t max_depth, std::uint32_t max_keys) {
    if (max_depth != max_depth_) capacity_ = 0;
    max_depth_ = max_depth;
    max_keys_ = max_keys;
}

std::expected<JsonReader::Element, std::string> JsonReader::read(const std::string& text) {
    if (capacity_ < text.size() || capacity_ == 0) {
        capacity_ = std::max(first_capacity, text.size());
        if (const auto error = parser_.allocate(capacity_, max_depth_); error != simdjson::SUCCESS) {
            capacity_ = 0;
            is_short_of_memory_ = error == simdjson::MEMALLOC;
            return std::unexpected(std::string(simdjson::error_message(error)));
        }
    }
    Element element;
    const auto mark = text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
    const auto error = parser_.parse(text.data() + mark, text.size() - mark, false).get(element);
    is_short_of_memory_ = error == simdjson::MEMALLOC;
    if (error == simdjson::DEPTH_ERROR) return std::unexpected(fmt::format("nested deeper than {} levels", max_depth_));
    if (is_short_of_memory_) return std::unexpected(std::string(simdjson::error_message(error)));
    if (error != simdjson::SUCCESS) {
        auto flaw = json_flaw(text);
        return std::unexpected(flaw.empty() ? std::string(simdjson::error_message(error)) : std::move(flaw));
    }
    if (has_lone_surrogate(text)) return std::unexpected(std::string("half of a surrogate pair in a \\u escape"));
    std::uint32_t keys = 0;
    if (auto problem = problem_in(element, keys); !problem.empty()) return std::unexpected(std::move(problem));
    return element;
}

Problem refusal(const JsonReader& reader, std::string sentence) {
    if (reader.is_short_of_memory()) return {503, "short-of-memory", "memory is short just now", {}, 5};
    return {400, "malformed-json", std::move(sentence), {}, {}};
}

/// Empty: none. Recursion is bounded by the parser's depth.
std::string JsonReader::problem_in(Element element, std::uint32_t& keys) {
    simdjson::dom::object object;
    if (element.get(object) == simdjson::SUCCESS) return problem_in_object(object, keys);
    simdjson::dom::array array;
    if (element.get(array) != simdjson::SUCCESS) return {};
    for (const auto child : array) {
        if (!child.is_object() && !child.is_array()) continue;
        if (auto problem = problem_in(child, keys); !problem.empty()) return problem;
    }
    return {};
}

std::string JsonReader::problem_in_object(simdjson::dom::object object, std::uint32_t& keys) {
    names_.clear();
    for (const auto field : object) {
        if (++keys > max_keys_) return fmt::format("more than {} members", max_keys_);
        names_.push_back(field.key);
    }
    if (auto problem = duplicate(); !problem.empty()) return problem;
    for (const auto field : object) {
        if (!field.value.is_object() && !field.value.is_array()) continue;
        if (auto problem = problem_in(field.value, keys); !problem.empty()) return problem;
    }
    return {};
}

std::string JsonReader::duplicate() {
    if (names_.size() <= few) {
        for (std::size_t i = 1; i < names_.size(); ++i) {
            for (std::size_t j = 0; j < i; ++j) {
                if (names_[i] == names_[j]) return fmt::format("the member \"{}\" appears twice", names_[i]);
            }
        }
        return {};
    }
    std::sort(names_.begin(), names_.end());
    const auto twin = std::adjacent_find(names_.begin(), names_.end());
    return twin == names_.end() ? std::string() : fmt::format("the member \"{}\" appears twice", *twin);
}

}  // namespace chapar::net

#pragma once
// Reads the members of one JSON object of a request; every function says what is wrong and goes on. For .cpp files.

#include <fmt/format.h>
#include <simdjson.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/json_pointer.hpp"
#include "config/suggest.hpp"
#include "ingress/submission_reader.hpp"
#include "ingress/times.hpp"
#include "net/rfc3339.hpp"

namespace chapar::ingress {

class Members {
  public:
    using Element = simdjson::dom::element;

    Members(std::string_view where, Errors& errors) : where_(where), errors_(errors) {}

    void text(Element value, std::string_view name, std::string_view& out) {
        if (value.get(out) != simdjson::SUCCESS) return wrong(name, "a text");
        if (out.empty()) wrong(name, "a text that is not empty");
    }
    void time(Element value, std::string_view name, std::optional<Timestamp>& out) {
        std::string_view written;
        if (value.get(written) == simdjson::SUCCESS) out = net::parse_time(written);
        if (!out) wrong(name, expected_time(written));
    }
    void texts(Element value, std::string_view name, std::vector<std::string_view>& out) {
        simdjson::dom::array list;
        if (value.get(list) != simdjson::SUCCESS) return wrong(name, "a list of texts");
        for (const auto item : list) {
            std::string_view one;
            if (item.get(one) != simdjson::SUCCESS || one.empty())
                return wrong(name, "a list of texts that are not empty");
            out.push_back(one);
        }
    }
    void count(Element value, std::string_view name, std::optional<std::int64_t>& out) {
        std::int64_t read = 0;
        if (value.get(read) != simdjson::SUCCESS) return wrong(name, "a whole number of milliseconds");
        out = read;
    }
    void number(Element value, std::string_view name, std::optional<double>& out) {
        double read = 0;
        if (value.get(read) != simdjson::SUCCESS) return wrong(name, "a number");
        out = read;
    }
    void flag(Element value, std::string_view name, bool& out) {
        if (value.get(out) != simdjson::SUCCESS) wrong(name, "true or false");
    }
    bool an_object(Element value, std::string_view name, simdjson::dom::object& out) {
        if (value.get(out) == simdjson::SUCCESS) return true;
        wrong(name, "an object");
        return false;
    }
    void wrong(std::string_view name, std::string_view expected) {
        errors_.push_back({json::pointer_to(where_, name), fmt::format("expected {}", expected)});
    }
    /// In words of the caller's.
    void problem(std::string_view name, std::string detail) {
        errors_.push_back({json::pointer_to(where_, name), std::move(detail)});
    }
    void unknown(std::string_view name, std::span<const std::string_view> known) {
        errors_.push_back({json::pointer_to(where_, name), "unknown member" + config::suggestion(name, known)});
    }

  private:
    std::string where_;
    Errors& errors_;
};

}  // namespace chapar::ingress

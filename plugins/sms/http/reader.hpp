#pragma once
// A table of a description being read: typed values, unknown keys refused, mistakes named by file, line and column.
// Private to this folder (it shows toml++).

#include <toml++/toml.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sms/http/description.hpp"

namespace chapar::sms::http {

class Reader {
  public:
    Reader(const toml::table& table, std::string title, const std::string& file)
        : table_(table), title_(std::move(title)), file_(file) {}

    [[noreturn]] void fail(const toml::node& at, const std::string& sentence) const;
    [[noreturn]] void fail(std::string_view key, const std::string& sentence) const;
    void allow(std::initializer_list<std::string_view> keys) const;
    void need(std::string_view key, std::string_view what) const;

    bool has(std::string_view key) const { return table_.contains(key); }
    const toml::table& table() const { return table_; }
    const std::string& title() const { return title_; }
    const std::string& file() const { return file_; }
    std::string string(std::string_view key, std::string_view otherwise = {}) const;
    std::string string(const toml::node& node) const;
    /// Three capital letters (ISO 4217); empty: not there.
    std::string currency(std::string_view key) const;
    std::int64_t integer(std::string_view key, std::int64_t otherwise, std::int64_t lowest, std::int64_t highest) const;
    bool boolean(std::string_view key, bool otherwise) const;
    std::vector<std::string> strings(std::string_view key) const;
    Pattern pattern(std::string_view key) const;
    Pattern pattern(const toml::node& node) const;
    std::optional<Reader> section(std::string_view key) const;
    template <class Value>
    Value choice(std::string_view key, Value otherwise,
                 std::initializer_list<std::pair<std::string_view, Value>> choices) const {
        if (!has(key)) return otherwise;
        const auto given = string(key);
        std::vector<std::string_view> names;
        for (const auto& [name, value] : choices) {
            if (name == given) return value;
            names.push_back(name);
        }
        fail(key, "unknown " + std::string(key) + " \"" + given + "\"" + suggestion(given, names));
    }

    /// "; did you mean ...?" or "; known: ...".
    static std::string suggestion(std::string_view word, const std::vector<std::string_view>& known);

  private:
    const toml::node* node(std::string_view key) const { return table_.get(key); }

    const toml::table& table_;
    std::string title_;
    const std::string& file_;
};

/// The names that patterns may use; throws for others.
class Names {
  public:
    explicit Names(const Description& description);
    void add(std::string_view name) { known_.emplace_back(name); }
    void check(const Pattern& pattern, const Reader& reader, const toml::node& at) const;

  private:
    std::vector<std::string> known_;
};

void read_request(const Reader& reader, const Names& names, Request& out);
Reading read_reading(const Reader& reader, std::string_view key, Format format);
Ruling read_ruling(const Reader& reader, const toml::node& node);
void read_codes(const Reader& reader, Codes& out);
Rulings read_http(const Reader& reader);
Webhook read_webhook(const Reader& reader);
Hook read_hook(const Reader& reader, bool is_receipt);
std::optional<Poll> read_poll(const Reader& reader, const Description& description);

}  // namespace chapar::sms::http

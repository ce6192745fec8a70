#pragma once
// A table of a description being read: typed values, unknown keys refused, mistakes named by file, line and column.
// Private to this folder (it shows toml++).

#include <toml++/toml.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sms/http/description.hpp"
#include "toml/reader.hpp"

namespace chapar::sms::http {

/// The rest of a description's table: patterns and currencies.
class Reader : public toml_file::Reader {
  public:
    using toml_file::Reader::Reader;

    /// Three capital letters (ISO 4217); empty: not there.
    std::string currency(std::string_view key) const;
    Pattern pattern(std::string_view key) const;
    Pattern pattern(const toml::node& node) const;
    std::optional<Reader> section(std::string_view key) const;
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

#include "sms/smpp/statuses.hpp"

#include <charconv>

#include "toml/reader.hpp"

namespace chapar::sms {
namespace {

using toml_file::Reader;

std::uint32_t status_number(const Reader& reader, const std::string& key, const toml::node& at) {
    std::uint32_t value = 0;
    const std::string_view digits = std::string_view(key).substr(key.starts_with("0x") ? 2 : 0);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (!key.starts_with("0x") || error != std::errc() || end != digits.data() + digits.size() || value == 0)
        reader.fail(at, "a status is written as in the specification, such as 0x0B; this is \"" + key + '"');
    return value;
}

Ruling read_refusal(const Reader& reader, const std::string& key, const toml::node& at) {
    const auto ruling = parse_refusal(at.value_or(std::string_view()));
    if (!ruling) reader.fail(at, key + R"(: expected a refusal such as "retry/lane", "rejected/message" or "sender")");
    return *ruling;
}

/// "credentials", "credentials after 3".
int read_refusals(const Reader& reader, const std::string& key, const toml::node& at) {
    constexpr std::string_view blame = "credentials", after = " after ";
    std::string_view text = at.value_or(std::string_view());
    if (text == blame) return 1;
    int count = 0;
    if (text.starts_with(blame) && text.substr(blame.size()).starts_with(after)) {
        text.remove_prefix(blame.size() + after.size());
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
        if (error == std::errc() && end == text.data() + text.size() && count > 0) return count;
    }
    reader.fail(at, key + R"(: expected "credentials" or "credentials after 3")");
}

template <class Value, class Read>
void read_table(const Reader& root, const toml::table& table, const std::string& name,
                std::map<std::uint32_t, Value>& out, Read read) {
    const auto* statuses = table[name].as_table();
    if (statuses == nullptr) root.fail(name, "expected a table of statuses");
    for (const auto& [key, at] : *statuses)
        out[status_number(root, std::string(key.str()), at)] = read(root, std::string(key.str()), at);
}

}  // namespace

std::optional<Ruling> parse_refusal(std::string_view text) {
    auto ruling = parse_ruling(text);
    // A status says that the message was not taken.
    if (!ruling || (ruling->verdict != Verdict::retry && ruling->verdict != Verdict::rejected)) return std::nullopt;
    if (ruling->blame == Blame::credentials) return std::nullopt;
    return ruling;
}

Statuses parse_statuses(std::string_view text, const std::string& file) {
    const toml::table table = toml_file::parse(text, file);
    const Reader root(table, "", file);
    root.allow({"submit", "bind"});
    root.need("submit", "what the answer to a message means");
    root.need("bind", "what the answer to a bind means");
    Statuses out;
    read_table(root, table, "submit", out.submit, read_refusal);
    read_table(root, table, "bind", out.bind, read_refusals);
    return out;
}

const Statuses& built_in_statuses() {
    static const Statuses statuses = parse_statuses(shipped_statuses(), "statuses.toml");
    return statuses;
}

}  // namespace chapar::sms

#include "sms/http/description.hpp"

#include <algorithm>
#include <array>

#include "sms/http/reader.hpp"

namespace chapar::sms::http {
namespace {

/// Settings that a description may ask for beside options of its own.
constexpr std::array<std::string_view, 4> built_in_settings{"account", "key", "secret", "sender"};

void read_settings(const Reader& reader, Description& out) {
    reader.allow({"required", "optional"});
    for (const auto& [key, into] : {std::pair{"required", &out.required}, std::pair{"optional", &out.optional}}) {
        const auto section = reader.section(key);
        if (!section) continue;
        for (const auto& [name, what] : section->table()) {
            const bool is_built_in = std::ranges::find(built_in_settings, name.str()) != built_in_settings.end();
            if (!is_built_in && !name.str().starts_with("option."))
                section->fail(what, "expected account, key, secret, sender or \"option.NAME\"");
            into->emplace(name.str(), section->string(what));
        }
    }
}

void read_send(const Reader& reader, const Names& names, Send& out) {
    reader.allow({"method", "url", "headers", "auth", "user", "password", "token", "encode", "fields", "query",
                  "timeout", "max_recipients", "same", "idempotent"});
    read_request(reader, names, out);
    out.max_recipients = static_cast<std::size_t>(reader.integer("max_recipients", 1, 1, 100));
    out.same = reader.strings("same");
    out.idempotent = reader.boolean("idempotent", false);
}

void read_item(const Reader& reader, Answer& out) {
    reader.allow({"list", "id", "status", "error", "price", "to", "ok", "codes", "other", "missing"});
    out.list = reader.string("list");
    if (out.list.starts_with('/')) out.list.erase(0, 1);
    out.id = read_reading(reader, "id", out.format);
    out.item_status = read_reading(reader, "status", out.format);
    out.item_error = read_reading(reader, "error", out.format);
    out.price = read_reading(reader, "price", out.format);
    out.item_to = read_reading(reader, "to", out.format);
    read_codes(reader, out.item_codes);
    if (reader.has("missing")) out.missing = read_ruling(reader, *reader.table().get("missing"));
    if (out.item_status.is_given() && out.item_codes.ok.empty() && out.item_codes.rulings.empty())
        reader.fail("status", "what do its values mean? Add \"ok\" or codes");
}

void read_answer(const Reader& reader, Answer& out) {
    reader.allow({"format", "separator", "status", "error", "ok", "codes", "other", "http", "item", "currency"});
    out.format = reader.choice<Format>("format", Format::json,
                                       {{"json", Format::json}, {"xml", Format::xml}, {"text", Format::text}});
    out.separator = reader.string("separator");
    out.status = read_reading(reader, "status", out.format);
    out.error = read_reading(reader, "error", out.format);
    out.currency = reader.currency("currency");
    read_codes(reader, out.codes);
    if (const auto section = reader.section("http")) out.http = read_http(*section);
    reader.need("item", "how the id of a message is read");
    read_item(*reader.section("item"), out);
}

/// What is said of one message of a call must not pause the route.
void check_items(const Reader& item, const Answer& answer) {
    const auto is_credentials = [](const Ruling& ruling) { return ruling.blame == Blame::credentials; };
    for (const auto& [code, ruling] : answer.item_codes.rulings)
        if (is_credentials(ruling))
            item.fail("codes", "\"" + code + "\" is said of one message of several, so it can't blame the credentials");
    if ((answer.item_codes.other && is_credentials(*answer.item_codes.other)) || is_credentials(answer.missing))
        item.fail(item.has("missing") ? "missing" : "other",
                  "what is said of one message of several can't blame the credentials");
}

void read_numbers(const Reader& reader, Description& out) {
    reader.allow({"country_code", "trunk"});
    out.country_code = reader.string("country_code");
    out.trunk = reader.string("trunk", "0");
    const auto is_digits = [](const std::string& text) {
        return text.find_first_not_of("0123456789") == std::string::npos;
    };
    if (!is_digits(out.country_code) || out.country_code.size() > 3)
        reader.fail("country_code", "expected a country calling code such as \"98\"");
    if (!is_digits(out.trunk)) reader.fail("trunk", "expected digits such as \"0\"");
}

void read_all(const Reader& root, Description& out) {
    root.allow({"name", "settings", "numbers", "send", "answer", "webhook", "poll"});
    root.need("name", "the provider's name");
    out.name = root.string("name");
    if (const auto section = root.section("settings")) read_settings(*section, out);
    if (const auto section = root.section("numbers")) read_numbers(*section, out);
    const Names names(out);
    root.need("send", "how a message is asked for");
    read_send(*root.section("send"), names, out.send);
    root.need("answer", "what the provider's answers mean");
    read_answer(*root.section("answer"), out.answer);
    if (out.send.max_recipients > 1 && out.answer.list.empty())
        root.section("answer")->fail("item", "with max_recipients above 1, [answer.item] needs \"list\"");
    if (out.send.max_recipients > 1) check_items(*root.section("answer")->section("item"), out.answer);
    if (const auto section = root.section("webhook")) out.webhook = read_webhook(*section);
    out.poll = read_poll(root, out);
    const bool is_told_later = (out.webhook.receipt && out.webhook.receipt->price.is_given()) ||
                               (out.poll && out.poll->reading.price.is_given());
    if (out.answer.price.is_given() && is_told_later)
        root.section("answer")->fail("item",
                                     "\"price\" stands here and in a receipt and would count twice; leave one out");
}

}  // namespace

Description parse_description(std::string_view text, const std::string& file) {
    Description out;
    out.file = file;
    const toml::table table = toml_file::parse(text, file);
    read_all(Reader(table, "", file), out);
    return out;
}

Description load_description(const std::string& file) {
    const auto text =
        toml_file::read_file(file, "the provider description", "; 'provider' is a name such as twilio or a path");
    return parse_description(text, file);
}

std::string description_path(std::string_view provider, std::string_view folder) {
    if (provider.find('/') != std::string_view::npos) return std::string(provider);
    return std::string(folder) + '/' + std::string(provider) + ".toml";
}

}  // namespace chapar::sms::http

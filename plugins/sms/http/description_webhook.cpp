// What providers send by themselves, and what is asked for again and again: [webhook] and [poll].
#include <algorithm>

#include "sms/http/reader.hpp"

namespace chapar::sms::http {
namespace {

Fate fate(const Reader& reader, const toml::node& at, std::string_view word) {
    static constexpr std::pair<std::string_view, Fate> fates[] = {{"under_way", Fate::under_way},
                                                                  {"delivered", Fate::delivered},
                                                                  {"failed", Fate::failed},
                                                                  {"blocked", Fate::blocked}};
    const auto* found = std::ranges::find(fates, word, &std::pair<std::string_view, Fate>::first);
    if (found == std::end(fates)) reader.fail(at, "expected under_way, delivered, failed or blocked");
    return found->second;
}

void read_states(const Reader& reader, Hook& out) {
    const auto states = reader.section("states");
    if (!states) reader.fail("states", "[" + reader.title() + ".states] is missing: what each status means");
    for (const auto& [word, node] : states->table()) {
        const Fate meant = fate(*states, node, states->string(node));
        if (word.str() == "other") {
            out.other = meant;
        } else {
            out.states.emplace(word.str(), meant);
        }
    }
}

void read_reply(const Reader& reader, Hook& out) {
    out.reply_status = static_cast<int>(reader.integer("reply_status", 200, 200, 299));
    out.reply = reader.string("reply");
    out.reply_type = reader.string("reply_type", "text/plain");
    if (out.reply_type.find_first_of("\r\n") != std::string::npos)
        reader.fail("reply_type", "expected a media type such as \"text/xml\"");
}

}  // namespace

Hook read_hook(const Reader& reader, bool is_receipt) {
    Hook out;
    reader.allow({"path", "methods", "format", "list", "id", "attempt", "status", "error", "to", "from", "text", "at",
                  "price", "currency", "states", "reply", "reply_status", "reply_type"});
    out.path = reader.string("path", is_receipt ? "receipt" : "message");
    if (out.path.empty() || out.path.find_first_of("/?#") != std::string::npos)
        reader.fail("path", "expected one word such as \"receipt\"");
    if (reader.has("methods")) out.methods = reader.strings("methods");
    out.format = reader.choice<Format>(
        "format", Format::form,
        {{"form", Format::form}, {"query", Format::query}, {"json", Format::json}, {"xml", Format::xml}});
    out.list = reader.string("list");
    if (out.list.starts_with('/')) out.list.erase(0, 1);
    for (const auto& [key, into] :
         std::initializer_list<std::pair<std::string_view, Reading*>>{{"id", &out.id},
                                                                      {"attempt", &out.attempt},
                                                                      {"status", &out.status},
                                                                      {"error", &out.error},
                                                                      {"to", &out.to},
                                                                      {"from", &out.from},
                                                                      {"text", &out.text},
                                                                      {"at", &out.at},
                                                                      {"price", &out.price}})
        *into = read_reading(reader, key, out.format);
    out.currency = reader.currency("currency");
    if (out.price.is_given() && out.currency.empty()) reader.need("currency", "what the price is in, such as \"USD\"");
    read_reply(reader, out);
    if (is_receipt) {
        reader.need("status", "where the receipt says what happened");
        if (!out.id.is_given() && !out.attempt.is_given()) reader.need("id", "which message the receipt is about");
        read_states(reader, out);
    } else {
        reader.need("from", "who wrote");
        reader.need("text", "what was written");
    }
    return out;
}

Webhook read_webhook(const Reader& reader) {
    reader.allow({"signature", "header", "receipt", "message"});
    Webhook out;
    out.signature = reader.choice<Signature>("signature", Signature::none,
                                             {{"none", Signature::none},
                                              {"twilio", Signature::twilio},
                                              {"vonage-md5", Signature::vonage_md5},
                                              {"vonage-sha256", Signature::vonage_sha256},
                                              {"hmac-sha256", Signature::hmac_sha256}});
    out.header = reader.string("header");
    if (out.signature == Signature::hmac_sha256) reader.need("header", "the header that has the signature");
    if (const auto section = reader.section("receipt")) out.receipt = read_hook(*section, true);
    if (const auto section = reader.section("message")) out.message = read_hook(*section, false);
    if (out.receipt && out.message && out.receipt->path == out.message->path)
        reader.fail("message", "receipts and messages need different paths");
    return out;
}

std::optional<Poll> read_poll(const Reader& root, const Description& description) {
    const auto section = root.section("poll");
    if (!section) return std::nullopt;
    section->allow({"method", "url", "headers", "auth", "user", "password", "token", "encode", "fields", "query",
                    "timeout", "every", "until", "reading"});
    Poll out;
    Names names(description);
    names.add("id");
    read_request(*section, names, out);
    out.every = std::chrono::seconds(section->integer("every", 60, 1, 86'400));
    out.until = std::chrono::hours(section->integer("until", 72, 1, 720));
    section->need("reading", "how the state is read");
    out.reading = read_hook(*section->section("reading"), true);
    return out;
}

}  // namespace chapar::sms::http

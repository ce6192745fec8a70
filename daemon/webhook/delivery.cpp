#include "webhook/delivery.hpp"

#include <fmt/format.h>
#include <strings.h>

#include "engage/webhook_signature.hpp"

namespace chapar::webhook {
namespace {

/// Nobody reads it.
constexpr std::size_t longest_answer = 64 << 10;

}  // namespace

Result<net::Transfer> make_transfer(const DefinitionPtr& definition, std::string_view id, std::string body,
                                    Timestamp now) {
    const engage::WebhookTry tried{id, now, body};
    auto signature = engage::sign_webhook(tried, definition->secrets, definition->key ? &*definition->key : nullptr);
    if (!signature) return std::unexpected(signature.error());
    net::Transfer out;
    out.url = definition->settings.url;
    out.method = "POST";
    out.headers = engage::webhook_headers(tried, *std::move(signature));
    out.body = std::move(body);
    out.ca_file = definition->settings.ca_file;
    out.connect_timeout = out.timeout = answer_within;
    out.max_response_bytes = longest_answer;
    out.refuse_address = [definition](std::string_view text) -> std::string {
        const auto address = engage::parse_address(text);
        if (!address) return fmt::format("\"{}\" is no address", text);
        const engage::IpAddress all[] = {*address};
        return engage::refuse_addresses(all, definition->networks).value_or("");
    };
    return out;
}

Answer read_answer(const net::TransferResult& result, Timestamp now) {
    Answer out;
    // What follows the status, however long or broken it is, says nothing more.
    out.status = result.code >= 200 ? result.code : 0;
    out.is = engage::answer_of(out.status);
    if (out.status != 0)
        out.words = fmt::format("answered {}", out.status);
    else if (result.timed_out)
        out.words = fmt::format("no answer within {} s", answer_within.count() / 1000);
    else
        out.words = result.error.empty() ? "no answer" : result.error;
    for (const auto& [name, value] : result.headers) {
        if (::strcasecmp(name.c_str(), "Retry-After") == 0) out.retry_after = engage::read_retry_after(value, now);
    }
    return out;
}

}  // namespace chapar::webhook

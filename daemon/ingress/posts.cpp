#include "ingress/posts.hpp"

#include <fmt/format.h>

#include <vector>

#include "admission/address.hpp"
#include "admission/admission.hpp"
#include "net/json_reader.hpp"

namespace chapar::ingress {
namespace {

/// Lines of the head that tell how much may still be sent (draft-ietf-httpapi-ratelimit-headers).
std::vector<std::pair<std::string, std::string>> rate_headers(Intake& intake, const std::string& application) {
    const auto state = intake.rate_of(application);
    if (!state) return {};
    return {{"RateLimit-Policy", fmt::format("\"messages\";q={};w={}", state->quota, state->window.count())},
            {"RateLimit", fmt::format("\"messages\";r={};t={}", state->left, state->reset.count())}};
}

/// Answers one POST with one message.
class SingleWaiter final : public Waiter {
  public:
    SingleWaiter(std::shared_ptr<net::Exchange> exchange, Intake& intake, std::string application)
        : exchange_(std::move(exchange)), intake_(intake), application_(std::move(application)) {}
    void accepted(std::uint64_t, const Taken& taken) override {
        std::string lines;
        for (const auto& [name, value] : rate_headers(intake_, application_))
            lines += fmt::format("{}: {}\r\n", name, value);
        exchange_->answer_json(202, '{' + taken_members(taken) + '}', lines);
    }
    void refused(std::uint64_t, const net::Problem& problem) override {
        auto response = net::to_response(problem);
        for (auto& header : rate_headers(intake_, application_))
            response.headers.push_back(std::move(header));
        exchange_->answer(std::move(response));
    }

  private:
    std::shared_ptr<net::Exchange> exchange_;
    Intake& intake_;
    const std::string application_;
};

/// Answers one POST with an array: a result for each message, in order, when all of them are on disk or refused.
class BatchWaiter final : public Waiter {
  public:
    BatchWaiter(std::shared_ptr<net::Exchange> exchange, Intake& intake, std::string application, std::size_t count)
        : exchange_(std::move(exchange)),
          intake_(intake),
          application_(std::move(application)),
          results_(count),
          left_(count) {}
    void accepted(std::uint64_t tag, const Taken& taken) override {
        put(tag, fmt::format(R"({{"status":202,{}}})", taken_members(taken)));
    }
    void refused(std::uint64_t tag, const net::Problem& problem) override {
        put(tag, fmt::format(R"({{"status":{},"problem":{}}})", problem.status, net::to_json(problem)));
    }

  private:
    void put(std::uint64_t tag, std::string result) {
        results_[tag] = std::move(result);
        if (--left_ != 0) return;
        net::Response response{200, "application/json", "[", rate_headers(intake_, application_), false};
        for (std::size_t i = 0; i < results_.size(); ++i)
            response.body += (i == 0 ? "" : ",") + results_[i];
        response.body += ']';
        exchange_->answer(std::move(response));
    }

    std::shared_ptr<net::Exchange> exchange_;
    Intake& intake_;
    const std::string application_;
    std::vector<std::string> results_;
    std::size_t left_;
};

/// The texts of the array's messages; the body is read once as a whole, so that each of them is well-formed.
std::expected<std::vector<std::string_view>, net::Problem> messages_of(const std::string& body,
                                                                       const config::SocketSettings& limits) {
    net::JsonReader reader;
    reader.set_limits(limits.max_depth + 1, limits.max_keys * static_cast<std::uint32_t>(max_batch_messages));
    if (const auto root = reader.read(body); !root) return std::unexpected(net::refusal(reader, root.error()));
    auto items = net::raw_items(body);
    if (items.empty())
        return std::unexpected(net::Problem{422, "invalid-message", "the array holds no message", {{"", "empty"}}, {}});
    if (items.size() > max_batch_messages)
        return std::unexpected(
            net::Problem{422,
                         "invalid-message",
                         fmt::format("an array holds at most {} messages: send more as application/x-ndjson, which "
                                     "has no limit",
                                     max_batch_messages),
                         {{"", fmt::format("{} messages", items.size())}},
                         {}});
    return items;
}

void post_batch(const std::shared_ptr<net::Exchange>& exchange, Intake& intake, const std::string& application) {
    const auto& request = exchange->request;
    if (!request.idempotency_key.empty())
        return exchange->answer(net::to_response(
            {400,
             "bad-request",
             "an Idempotency-Key stands for one message: name an idempotency_key in each message of the array",
             {},
             {}}));
    const auto items = messages_of(request.body, intake.settings()->socket);
    if (!items) return exchange->answer(net::to_response(items.error()));
    const auto waiter = std::make_shared<BatchWaiter>(exchange, intake, application, items->size());
    for (std::size_t i = 0; i < items->size(); ++i) {
        std::string body;
        body.reserve((*items)[i].size() + net::JsonReader::padding);
        body = (*items)[i];
        intake.submit({application, std::move(body), waiter, i, exchange->line(), {}, false});
    }
}

}  // namespace

std::expected<std::string, std::string> read_idempotency_key(std::string_view header) {
    header = net::trimmed(header);
    std::string key;
    if (header.starts_with('"')) {
        std::size_t at = 1;
        for (; at < header.size() && header[at] != '"'; ++at) {
            if (header[at] == '\\' && ++at == header.size()) break;
            key += header[at];
        }
        if (at >= header.size()) return std::unexpected("Idempotency-Key lacks its closing quote");
        const auto rest = net::trimmed(header.substr(at + 1));
        if (!rest.empty() && !rest.starts_with(';'))
            return std::unexpected("Idempotency-Key is one string, in quotes or without");
    } else {
        key = header;
    }
    if (key.empty()) return std::unexpected("Idempotency-Key is empty");
    if (key.size() > admission::max_id || !admission::is_one_line(key))
        return std::unexpected(fmt::format("Idempotency-Key is one line of at most {} bytes", admission::max_id));
    return key;
}

void post_one(const std::shared_ptr<net::Exchange>& exchange, Intake& intake, std::string application) {
    auto& request = exchange->request;
    if (net::trimmed(request.body).starts_with('[')) return post_batch(exchange, intake, application);
    std::string key;
    if (!request.idempotency_key.empty()) {
        auto read = read_idempotency_key(request.idempotency_key);
        if (!read) return exchange->answer(net::to_response({400, "bad-request", read.error(), {}, {}}));
        key = std::move(*read);
    }
    auto waiter = std::make_shared<SingleWaiter>(exchange, intake, application);
    intake.submit({std::move(application), std::move(request.body), std::move(waiter), 0, exchange->line(),
                   std::move(key), false});
}

}  // namespace chapar::ingress

#include "track/stop_answers.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/log.hpp"
#include "config/prices.hpp"
#include "policy/request_fields.hpp"

namespace chapar::track {
namespace {

std::string body_of(const std::string& number, const std::string& class_name, const std::string& text) {
    json::Writer out;
    out.begin_object().key("to").begin_object().member("phone", number).end_object();
    out.key("channels").begin_array().value("sms").end_array().member("class", class_name);
    out.key("content").begin_object().key("sms").begin_object().member("text", text).end_object().end_object();
    return out.end_object().take();
}

}  // namespace

void StopAnswers::answer(std::string number, MessageId latest) {
    boost::asio::post(deps_.upkeep, [this, number = std::move(number), latest] {
        auto made = make(number, latest);
        if (!made) return;
        log::info("event.stop_answered", "message {} answers an opt-out of application {}",
                  log::Field("message", made->message.id.text()), log::Field("application", made->message.application));
        std::vector<store::NewMessage> batch;
        batch.push_back(std::move(*made));
        deps_.acceptance.accept(std::move(batch), [this](Result<store::AcceptedBatch>&& taken) {
            if (taken.has_value()) return deps_.on_accepted(std::move(*taken));
            log::warning("event.stop_unanswered", "an opt-out stays without its answer: {}", taken.error().message());
        });
    });
}

std::optional<store::NewMessage> StopAnswers::make(const std::string& number, MessageId latest) {
    const auto settings = deps_.settings();
    const auto* channel = config::find_channel(*settings, "sms");
    if (channel == nullptr || channel->stop_answer.empty()) return std::nullopt;
    const auto cls = settings->classes.find(channel->stop_answer_class);
    if (cls == settings->classes.end()) return std::nullopt;
    const auto known = deps_.messages.find(latest);
    if (!known.has_value()) return std::nullopt;
    store::NewMessage out;
    auto& message = out.message;
    message.id = deps_.ids.next();
    message.application = known->message.application;
    message.class_name = cls->first;
    message.recipient = known->message.recipient;
    message.tags = {"stop-answer"};
    message.plan.push_back({"sms", number, "", "", settings->daemon.locale});
    message.accepted_at = message.send_at = deps_.clock.now();
    message.expires_at = message.send_at + cls->second.max_age;
    message.body = body_of(number, cls->first, channel->stop_answer);
    const auto fields = policy::read_fields(message.body, settings->daemon.country, policy::data_paths(*settings));
    message.fields = model::encode(fields, message.plan);
    return out;
}

}  // namespace chapar::track

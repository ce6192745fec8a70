// The answer to an opt-out by SMS: a message of its own, from the application that wrote to the person last.

#include "app/app.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "config/prices.hpp"

namespace chapar::app {
namespace {

std::string body_of(const std::string& number, const std::string& class_name, const std::string& text) {
    json::Writer out;
    out.begin_object().key("to").begin_object().member("phone", number).end_object();
    out.key("channels").begin_array().value("sms").end_array().member("class", class_name);
    out.key("content").begin_object().key("sms").begin_object().member("text", text).end_object().end_object();
    return out.end_object().take();
}

}  // namespace

void App::answer_stop(const std::string& number, MessageId latest) {
    const auto now = settings();
    const auto* channel = config::find_channel(*now, "sms");
    if (channel == nullptr || channel->stop_answer.empty()) return;
    const auto cls = now->classes.find(channel->stop_answer_class);
    const auto known = store_->find(latest);
    if (cls == now->classes.end() || !known.has_value()) return;
    store::NewMessage item;
    auto& message = item.message;
    message.id = ids_->next();
    message.application = known->message.application;
    message.class_name = cls->first;
    message.recipient = known->message.recipient;
    message.tags = {"stop-answer"};
    message.plan.push_back({"sms", number, "", "", now->daemon.locale});
    message.accepted_at = message.send_at = clock_.now();
    message.expires_at = message.send_at + cls->second.max_age;
    message.body = body_of(number, cls->first, channel->stop_answer);
    log::info("event.stop_answered", "message {} answers an opt-out of application {}",
              log::Field("message", message.id.text()), log::Field("application", message.application));
    std::vector<store::NewMessage> batch;
    batch.push_back(std::move(item));
    store_->accept(std::move(batch), [this](Result<store::AcceptedBatch> taken) {
        if (taken.has_value()) return dispatcher_->accepted(std::move(*taken));
        log::warning("event.stop_unanswered", "an opt-out stays without its answer: {}", taken.error().message());
    });
}

}  // namespace chapar::app

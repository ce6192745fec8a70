// Plugins without channels: [[receiver]].

#include <algorithm>

#include "app/app.hpp"

namespace chapar::app {
namespace {

/// Instances of receivers have names of their own: no route's name holds a slash.
constexpr std::string_view mark = "receiver/";

}  // namespace

Result<std::vector<App::Receiver>> App::make_receivers(const config::Settings& next) {
    std::vector<Receiver> out;
    std::vector<std::shared_ptr<plugin::Instance>> fresh;
    const auto give_up = [&](const config::ReceiverSettings& receiver, const std::string& why) {
        retire(std::move(fresh));
        return fail(plugin::Code::bad_config, "receiver " + receiver.name + ": " + why);
    };
    for (const auto& receiver : next.receivers) {
        const auto known = std::ranges::find(receivers_, receiver, &Receiver::settings);
        if (known != receivers_.end()) {
            out.push_back(*known);
            continue;
        }
        if (const auto* traits = host_->traits(receiver.plugin); traits != nullptr && !traits->channels.empty())
            return give_up(receiver, "the plugin " + receiver.plugin + " sends messages: it belongs to a [[route]]");
        auto made = host_->create(receiver.plugin, std::string(mark) + receiver.name, receiver.config_json);
        if (!made.has_value()) return give_up(receiver, made.error().message());
        fresh.push_back(*made);
        out.push_back({receiver, std::move(*made)});
    }
    return out;
}

void App::use_receivers(std::vector<Receiver> next) {
    std::vector<std::shared_ptr<plugin::Instance>> left;
    for (auto& each : receivers_) {
        if (std::ranges::find(next, each.instance, &Receiver::instance) == next.end()) left.push_back(each.instance);
    }
    receivers_ = std::move(next);
    retire(std::move(left));
}

void App::take_event(std::string_view instance, model::Report event, std::function<void(bool)> durable) {
    if (instance.starts_with(mark)) {
        received_->take(instance.substr(mark.size()), std::move(event), std::move(durable));
    } else {
        reports_->take(instance, std::move(event), std::move(durable));
    }
}

}  // namespace chapar::app

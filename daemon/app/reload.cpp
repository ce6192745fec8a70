// SIGHUP: the new configuration is read whole, then applied whole or not at all.

#include <algorithm>
#include <boost/asio/post.hpp>
#include <iterator>

#include "app/app.hpp"
#include "app/systemd.hpp"
#include "base/log.hpp"
#include "config/diff.hpp"

namespace chapar::app {
namespace {

constexpr Milliseconds instance_drain{60'000};

}  // namespace

void App::reload() {
    reload_wanted_ = false;
    if (stopping_) return;
    phase_ = "a reload";
    systemd::notify_reloading();
    configure_log(settings()->log);  // logrotate(8) has moved the file away, whatever the new configuration says
    reload_templates();
    auto loaded = config::read(options_.config_path);
    if (!loaded.ok()) {
        for (const auto& problem : loaded.problems)
            log::error("reload.refused", "{}", problem.sentence());
        log::error("reload.kept", "the old configuration stays whole; {} problems", loaded.problems.size());
    } else if (!apply(loaded.settings)) {
        log::error("reload.kept", "the old configuration stays whole");
    }
    systemd::notify("READY=1\nSTATUS=" + status());
    phase_ = "serving";
}

void App::retire_if_new(const Receiver& receiver) {
    if (std::ranges::find(receivers_, receiver.instance, &Receiver::instance) == receivers_.end())
        retire({receiver.instance});
}

bool App::apply(const config::Settings& next) {
    const auto old = settings();
    const auto changes = config::diff(*old, next);
    bool allowed = true;
    for (const auto& change : changes) {
        if (!change.needs_restart) continue;
        log::error("reload.refused", "{}: this needs a restart", change.text);
        allowed = false;
    }
    if (!allowed) return false;
    auto rules = policy::compile(next);
    if (!rules.has_value()) {
        log::error("reload.refused", "{}", rules.error().message());
        return false;
    }
    host_->open_all(next.daemon.plugin_dirs);  // a new version of a plugin is a new file
    auto links = make_site_links(next);
    if (!links.has_value()) {
        log::error("reload.refused", "{}", links.error().message());
        return false;
    }
    auto routes = make_routes(next);
    if (!routes.has_value()) {
        log::error("reload.refused", "{}", routes.error().message());
        return false;
    }
    auto receivers = make_receivers(next);
    if (!receivers.has_value()) {
        for (const auto& route : *routes)
            retire_if_new(route);
        log::error("reload.refused", "{}", receivers.error().message());
        return false;
    }
    auto webhooks = make_webhooks(next);
    if (!webhooks.has_value()) {
        for (const auto& route : *routes)
            retire_if_new(route);
        for (const auto& receiver : *receivers)
            retire_if_new(receiver);
        log::error("reload.refused", "{}", webhooks.error().message());
        return false;
    }
    // From here on nothing can fail.
    deliveries_->apply(std::move(*webhooks));
    use_receivers(std::move(*receivers));
    routes_ = std::move(*routes);
    rules_ = *rules;
    std::atomic_store(&site_links_, *links);
    std::atomic_store(&settings_, std::make_shared<const config::Settings>(next));
    configure_log(next.log);
    store_->use_zone(next.daemon.timezone);
    const auto retired = [this](std::vector<std::shared_ptr<plugin::Instance>> left) {
        boost::asio::post(main_, [this, left = std::move(left)]() mutable { retire(std::move(left)); });
    };
    dispatcher_->apply(next, rules_, routes_, retired, *links);
    server_->reconfigured();
    if (webhooks_) webhooks_->set_routes(webhook_routes());
    for (const auto& change : changes)
        log::info("reload.changed", "{}", change.text);
    log::info("reload.done", "{} changes", changes.size());
    return true;
}

void App::retire(std::vector<std::shared_ptr<plugin::Instance>> instances) {
    for (auto& instance : instances) {
        retiring_.push_back(instance);
        instance->drain(instance_drain, [this, name = instance->name()](const std::string& held) {
            if (!held.empty())
                log::warning("plugin.held", "the former instance of route {}: {}", log::Field("route", name), held);
            // The last owner lets go on the main thread, never inside the instance's own call. A stuck one stays: the
            // stop has to know of it.
            boost::asio::post(
                main_, [this] { std::erase_if(retiring_, [](const auto& each) { return each->stuck_in().empty(); }); });
        });
    }
}

void App::reload_templates() {
    if (templates_reloading_.exchange(true)) return;
    boost::asio::post(templates_.executor(), [this] {
        // What stands unmended is said once, not every second.
        auto problems = catalogue_->reload();
        if (pages_) std::ranges::move(pages_->use(*catalogue_), std::back_inserter(problems));
        for (const auto& problem : problems) {
            const auto& known = template_problems_;
            if (std::find(known.begin(), known.end(), problem) != known.end()) continue;
            log::warning("template.broken", "{}", problem);
        }
        template_problems_ = std::move(problems);
        templates_reloading_ = false;
    });
}

}  // namespace chapar::app

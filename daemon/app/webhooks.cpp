// [[webhook]]: read at the start and by a reload, delivered by a thread of their own.

#include "config/webhooks.hpp"
#include "app/app.hpp"
#include "base/log.hpp"

namespace chapar::app {

Result<std::vector<webhook::DefinitionPtr>> App::make_webhooks(const config::Settings& next) {
    for (const auto& warning : config::webhook_warnings(next))
        log::warning("webhook.short_history", "{}", warning);
    std::vector<webhook::DefinitionPtr> out;
    for (const auto& settings : next.webhooks) {
        auto defined = webhook::define(settings);
        if (!defined)
            return fail(plugin::Code::bad_config,
                        "webhook " + settings.name + ": " + defined.error().key + ": " + defined.error().text);
        out.push_back(*std::move(defined));
    }
    return out;
}

Result<void> App::open_deliveries() {
    auto definitions = make_webhooks(*settings());
    if (!definitions.has_value()) return std::unexpected(definitions.error());
    deliveries_ = std::make_unique<WebhookThread>(clock_, *store_, *store_, metrics_);
    deliveries_->apply(std::move(*definitions));
    fed_deliveries_ = deliveries_.get();
    return {};
}

}  // namespace chapar::app

// The sms channel over SMPP: each message becomes the submit_sm PDUs that carry it. Composing happens on the instance's
// own thread; sessions, answers and receipts live on the engine's.

#include <utility>
#include <vector>

#include "chapar/plugin.hpp"
#include "sms/smpp/compose.hpp"
#include "sms/smpp/engine.hpp"
#include "sms/smpp/settings.hpp"

namespace chapar::sms {
namespace {

bool is_loopback(std::string_view host) { return host == "localhost" || host == "::1" || host.starts_with("127."); }

}  // namespace

class Sms final : public Plugin {
  public:
    static constexpr Traits traits{
        .channels = {"sms"},
        .receipts = true,
        .blocking = true,  // ends by saying goodbye to the SMSC, which takes a moment
        .max_batch = 32,
        .max_in_flight = 100,  // what is handed over and has not left is in doubt after a crash
        .config_schema = settings_schema};

    Sms(Host host, const Config& config) : settings_(read_settings(config, host)), engine_(host, settings_) {
        if (!settings_.tls && !is_loopback(settings_.host))
            host.info("tls = none: account and messages travel to " + settings_.host + " unencrypted");
    }

    void start() override { engine_.start(); }

    void send(Batch batch) override {
        std::vector<Flight> flights;
        for (Attempt& attempt : batch.split()) {
            auto composed = compose(attempt.message(), settings_, references_);
            if (!composed) {
                attempt.complete(Outcome::rejected(composed.error().blame, "", std::move(composed.error().sentence)));
                continue;
            }
            const bool urgent = attempt.message().urgent();
            const auto within = attempt.message().within();
            std::string name(attempt.message().attempt());
            const std::size_t parts = composed->frames.size();
            flights.push_back({std::move(attempt),
                               std::move(*composed),
                               std::move(name),
                               std::vector<Flight::Part>(parts),
                               nullptr,
                               within,
                               {},
                               urgent});
        }
        if (!flights.empty()) engine_.send(std::move(flights));
    }

    void cancel(BatchId batch) override { engine_.cancel(batch); }
    void drain() override { engine_.drain(); }

  private:
    const Settings settings_;
    References references_;
    Engine engine_;
};

}  // namespace chapar::sms

CHAPAR_PLUGIN(chapar::sms::Sms, "sms", "1.0")

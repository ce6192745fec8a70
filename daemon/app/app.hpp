#pragma once
// The composition root: builds every part in order, stops them in reverse, reloads. The only place that knows all.
// Threads: the main thread runs signals, timers and reloads; dispatch, ingress, store and transfers have their own.
// What else there is to do has threads by purpose, so that none of it delays another: `render` reads requests and
// renders them, the most urgent first; `reads` fills the queue from the store; `plugins` runs the plugins' strands;
// `upkeep` does what nobody waits for; `webhooks` delivers events to endpoints; `templates` loads templates and waits
// for the programs that make them.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "admin/endpoints.hpp"
#include "admin/metrics_listener.hpp"
#include "app/named_threads.hpp"
#include "app/webhook_thread.hpp"
#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/ranked_threads.hpp"
#include "config/load.hpp"
#include "dispatch/asio_timers.hpp"
#include "dispatch/dispatcher.hpp"
#include "engage/site_links.hpp"
#include "ingress/server.hpp"
#include "ingress/webhooks.hpp"
#include "net/transfers.hpp"
#include "plugin/host.hpp"
#include "render/catalogue.hpp"
#include "store/store.hpp"
#include "track/outcome_log.hpp"
#include "track/received.hpp"
#include "track/report_intake.hpp"
#include "track/stop_answers.hpp"
#include "web/hit_keeper.hpp"
#include "web/listener.hpp"
#include "web/pages/site_pages.hpp"

namespace chapar::app {

/// How the process ends; systemd restarts on failure, not on a configuration error (RestartPreventExitStatus=78).
enum ExitStatus : int { success = 0, failure = 1, config_error = 78 };

class Signals;

struct Options {
    std::string config_path = "/etc/chapar/chapar.toml";
    std::string version;
};

class App {
  public:
    explicit App(Options options);
    ~App();
    App(const App&) = delete;
    App& operator=(const App&) = delete;

    /// Builds, serves until SIGTERM or SIGINT, drains. Answers an ExitStatus.
    int run();

  private:
    // app.cpp
    Result<void> build(std::vector<int> listen_fds);
    Result<void> open_store();
    void open_plugins();
    void open_reports();
    void configure_log(const config::LogSettings& settings);
    Result<std::vector<dispatch::RouteSpec>> make_routes(const config::Settings& settings);
    void retire_if_new(const dispatch::RouteSpec& spec);
    void begin_threads();
    void end_threads();
    Result<void> open_webhooks();
    Result<void> open_metrics();
    Result<void> open_web();
    std::string database_path() const;
    ingress::Webhooks::Routes webhook_routes() const;
    void serve();
    // pages.cpp
    Result<void> open_pages();
    void send_for_page(web::PageMessage message, std::function<void(web::Handed)> done);
    // site_links.cpp
    static Result<std::shared_ptr<const engage::SiteLinks>> make_site_links(const config::Settings& next);
    // receivers.cpp
    struct Receiver {
        config::ReceiverSettings settings;
        std::shared_ptr<plugin::Instance> instance;
    };
    Result<std::vector<Receiver>> make_receivers(const config::Settings& settings);
    void use_receivers(std::vector<Receiver> next);
    void retire_if_new(const Receiver& receiver);  // reload.cpp
    void take_event(std::string_view instance, model::Report event, std::function<void(bool)> durable);
    // webhooks.cpp
    Result<std::vector<webhook::DefinitionPtr>> make_webhooks(const config::Settings& settings);
    Result<void> open_deliveries();
    // stop.cpp
    void listen_to_signals();
    void overrun();
    int stop();
    void close_doors(Monotonic until);
    void drain_dispatch(Monotonic until);
    void close_webhooks(Monotonic until);
    bool end_instances(Monotonic until);
    void close_deliveries(Monotonic until);
    void close_store();
    [[noreturn]] void leave();
    // reload.cpp
    void reload();
    bool apply(const config::Settings& next);
    void retire(std::vector<std::shared_ptr<plugin::Instance>> instances);
    void reload_templates();
    // watch.cpp
    void watch();
    void self_check();
    void ping_watchdog();
    std::string status() const;
    admin::Health health() const;
    std::vector<std::pair<std::string, Milliseconds>> lags() const;
    void prune();
    void prune_uses();
    void prune_feed();
    void prune_hits();
    void prune_links();
    void prune_tallies();
    void prune_conversions();
    void read_damaged_again();
    std::shared_ptr<const config::Settings> settings() const { return std::atomic_load(&settings_); }

    Options options_;
    SystemClock clock_;
    queue::ReceiptBox receipts_;
    metrics::Registry metrics_;
    std::shared_ptr<const config::Settings> settings_;  // swapped whole
    std::atomic<store::Store*> open_store_{nullptr};    // null: not open; the outcome log and an overrun stop read it
    std::unique_ptr<track::OutcomeLog> outcomes_;       // before the store, whose writer tells it what moves
    std::unique_ptr<web::SitePages> pages_;  // before the store and the dispatcher, whose late answers reach it
    boost::asio::io_context main_{1};
    boost::asio::io_context strand_{1};
    dispatch::AsioTimers timers_{strand_};
    std::atomic<WebhookThread*> fed_deliveries_{nullptr};  // the store's writer tells it that the feed is longer
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<render::Catalogue> catalogue_;
    std::unique_ptr<IdGenerator> ids_;
    std::unique_ptr<track::StopAnswers> stop_answers_;
    std::unique_ptr<track::ReportIntake> reports_;      // what plugins report later
    std::unique_ptr<track::ReceivedReports> received_;  // of these, receivers
    RankedThreads render_;
    NamedThreads reads_, plugins_, upkeep_, templates_;
    std::unique_ptr<net::Transfers> transfers_;
    std::unique_ptr<plugin::Host> host_;
    std::shared_ptr<const policy::Rules> rules_;           // in use
    std::vector<dispatch::RouteSpec> routes_;              // in use; kept for the next reload
    std::vector<Receiver> receivers_;                      // in use
    std::shared_ptr<const engage::SiteLinks> site_links_;  // in use; swapped whole
    std::unique_ptr<dispatch::Dispatcher> dispatcher_;
    std::unique_ptr<WebhookThread> deliveries_;  // webhooks out
    std::unique_ptr<admin::Scrape> scrape_;
    std::unique_ptr<admin::MetricsListener> metrics_listener_;  // null: only the socket's /metrics
    std::unique_ptr<ingress::Server> server_;
    std::unique_ptr<ingress::Webhooks> webhooks_;  // null: nobody is listened to
    std::unique_ptr<web::HitQueue> hits_;
    std::unique_ptr<web::HitKeeper> hit_keeper_;
    std::unique_ptr<web::Listener> web_;  // null: nobody is listened to
    std::thread strand_thread_;
    std::vector<std::shared_ptr<plugin::Instance>> retiring_;  // out of use, not ended yet; the main thread's
    std::unique_ptr<Signals> signals_;
    boost::asio::steady_timer watch_timer_;
    Monotonic templates_at_{}, prune_at_{}, check_at_{}, ping_at_{};
    const std::optional<std::chrono::microseconds> watchdog_;  // what systemd allows between two words
    std::atomic<Monotonic::rep> store_answered_{0};
    std::atomic<Monotonic::rep> watched_{0};  // the main loop's last look around; 0: it does not run yet
    std::atomic<bool> store_well_{true};
    std::atomic<bool> templates_reloading_{false};
    std::vector<std::string> template_problems_;  // of the one reload that runs at a time
    std::atomic<bool> stopping_{false};
    std::atomic<bool> reload_wanted_{false};
    std::atomic<const char*> phase_{"the start"};  // what a stop would wait for
};

}  // namespace chapar::app

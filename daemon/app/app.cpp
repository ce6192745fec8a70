#include "app/app.hpp"

#include <chapar/plugin.h>
#include <fmt/format.h>

#include <boost/asio/executor_work_guard.hpp>
#include <csignal>

#include "app/signals.hpp"
#include "app/state_folder.hpp"
#include "app/systemd.hpp"
#include "base/log.hpp"
#include "config/senders.hpp"
#include "store/backup.hpp"
#include "web/networks.hpp"

extern "C" const chapar_plugin* chapar_builtin_sandbox(std::uint16_t, std::uint16_t);

namespace chapar::app {
namespace {

constexpr std::size_t render_threads = 3, render_threads_for_urgent = 1;
constexpr int plugin_threads = 2;
constexpr int store_readers = 4;  // reads, upkeep, the socket's thread, and one of the renderers'

log::Level level_of(const std::string& name) {
    if (name == "debug") return log::Level::debug;
    if (name == "warning") return log::Level::warning;
    if (name == "error") return log::Level::error;
    return log::Level::info;
}

track::Addresses addresses_of(const std::string& name) {
    if (name == "full") return track::Addresses::full;
    return name == "none" ? track::Addresses::none : track::Addresses::masked;
}

/// Behind the configured routes the one that every site has, unless it is forbidden.
std::vector<config::RouteSettings> routes_of(const config::Settings& settings) {
    auto out = settings.routes;
    if (!settings.sandbox.enabled) return out;
    config::RouteSettings sandbox;
    sandbox.name = sandbox.channel = sandbox.plugin = model::sandbox_name;
    sandbox.order = static_cast<std::uint32_t>(out.size());
    sandbox.config_json = fmt::format(R"({{"receipt_after":"{}ms","slow_after":"{}ms"}})",
                                      settings.sandbox.receipt_after.count(), settings.sandbox.slow_after.count());
    out.push_back(std::move(sandbox));
    return out;
}

}  // namespace

void App::configure_log(const config::LogSettings& settings) {
    log::configure(level_of(settings.level), settings.format == "json" ? log::Format::json : log::Format::human,
                   settings.file);
    outcomes_->configure(settings.outcomes && log::enabled(log::Level::info), addresses_of(settings.addresses));
}

App::App(Options options)
    : options_(std::move(options)),
      outcomes_(std::make_unique<track::OutcomeLog>([this](MessageId id) -> Result<store::Record> {
          auto* store = open_store_.load();
          if (store == nullptr) return fail(store::Code::closed, "the store is not open");
          return store->find(id);
      })),
      render_("render", render_threads, render_threads_for_urgent),
      reads_("reads", 1),
      plugins_("plugins", plugin_threads),
      upkeep_("upkeep", 1),
      templates_("templates", 1),
      watch_timer_(main_),
      watchdog_(systemd::watchdog()) {}

App::~App() { end_threads(); }

int App::run() {
    // A peer that goes away is an error of one write, never the end of the process.
    std::signal(SIGPIPE, SIG_IGN);
    auto loaded = config::read(options_.config_path);
    if (!loaded.ok()) {
        for (const auto& problem : loaded.problems)
            log::error("config.invalid", "{}", problem.sentence());
        return config_error;
    }
    configure_log(loaded.settings.log);
    settings_ = std::make_shared<const config::Settings>(std::move(loaded.settings));
    listen_to_signals();
    try {
        if (auto built = build(systemd::listen_fds()); !built.has_value()) {
            log::error("start.failed", "{}", built.error().message());
            stop();
            return is_permanent(built.error()) ? config_error : failure;
        }
    } catch (const std::exception& broken) {
        log::error("start.failed", "{}", broken.what());
        stop();
        return failure;
    }
    serve();
    const int status = stop();
    log::info("stop.done", "stopped");
    return status;
}

Result<void> App::build(std::vector<int> listen_fds) {
    const auto now = settings();
    auto rules = policy::compile(*now);
    if (!rules.has_value()) return fail(plugin::Code::bad_config, rules.error().message());
    rules_ = *rules;
    if (auto opened = open_store(); !opened.has_value()) return opened;
    const auto kept_bundle = [this](std::string_view revision) { return store_->revision(revision); };
    catalogue_ = render::open_catalogue(now->daemon.template_dir, kept_bundle, now->daemon.state_dir + "/mjml");
    template_problems_ = catalogue_->reload();
    for (const auto& problem : template_problems_)
        log::warning("template.broken", "{}", problem);
    transfers_ = std::make_unique<net::Transfers>(net::Transfers::Options{});
    open_reports();
    open_plugins();
    warn_of_surroundings();
    auto routes = make_routes(*now);
    if (!routes.has_value()) return std::unexpected(routes.error());
    routes_ = std::move(*routes);
    dispatcher_ = std::make_unique<dispatch::Dispatcher>(
        dispatch::Deps{clock_, *store_, *store_, *store_, *store_, *catalogue_, metrics_, strand_, timers_, render_,
                       reads_.executor(), upkeep_.executor(), 0, &receipts_, outcomes_.get()});
    auto links = make_site_links(*now);
    if (!links.has_value()) return std::unexpected(links.error());
    std::atomic_store(&site_links_, *links);
    if (auto started = dispatcher_->start(*now, *rules, routes_, *links); !started.has_value()) return started;
    begin_threads();
    auto receivers = make_receivers(*now);  // what they bring needs the threads
    if (!receivers.has_value()) return std::unexpected(receivers.error());
    receivers_ = std::move(*receivers);
    if (auto opened = open_deliveries(); !opened.has_value()) return opened;
    scrape_ = std::make_unique<admin::Scrape>(*store_, metrics_, database_path(), options_.version,
                                              [this] { return lags(); });
    ingress::Deps front{clock_, *store_, *dispatcher_, *catalogue_, *ids_, metrics_, [this] { return settings(); },
                        {},     2};
    front.links = [this] { return std::atomic_load(&site_links_); };
    front.endpoints = admin::endpoints(
        {clock_, *store_, *store_, *dispatcher_, *catalogue_, *scrape_, [this] { return settings(); },
         [this] { return health(); }, options_.version, options_.config_path,
         [this](std::function<void(webhook::Deliveries&)> work) { deliveries_->ask(std::move(work)); }});
    server_ = std::make_unique<ingress::Server>(std::move(front));
    if (auto opened = open_webhooks(); !opened.has_value()) return opened;
    if (auto opened = open_web(); !opened.has_value()) return opened;
    if (auto opened = open_metrics(); !opened.has_value()) return opened;
    return server_->start(std::move(listen_fds));
}

Result<void> App::open_webhooks() {
    const auto now = settings();
    if (now->inbound.listen.empty()) return {};
    webhooks_ = std::make_unique<ingress::Webhooks>(clock_, metrics_, now->inbound);
    webhooks_->set_routes(webhook_routes());
    return webhooks_->start();
}

ingress::Webhooks::Routes App::webhook_routes() const {
    ingress::Webhooks::Routes out;
    for (const auto& route : routes_) {
        if (route.settings.name != model::sandbox_name) out.emplace(route.settings.name, route.instance);
    }
    return out;
}

std::string App::database_path() const {
    const auto now = settings();
    return now->store.path.empty() ? now->daemon.state_dir + "/chapar.db" : now->store.path;
}

Result<void> App::open_metrics() {
    const auto now = settings();
    if (now->metrics.listen.empty()) return {};
    metrics_listener_ = std::make_unique<admin::MetricsListener>(clock_, metrics_, *scrape_, now->metrics);
    return metrics_listener_->start();
}

Result<void> App::open_web() {
    const auto now = settings();
    if (now->web.listen.empty()) return {};
    auto keys = web::read_keys(now->web);
    if (!keys.has_value()) return fail(plugin::Code::bad_config, keys.error().message());
    hits_ = std::make_unique<web::HitQueue>();
    hit_keeper_ = std::make_unique<web::HitKeeper>(*hits_, *store_, metrics_);
    hit_keeper_->start();
    auto find_short = [this](std::string_view code) -> Result<std::optional<web::ShortTarget>> {
        auto found = store_->find_short(code);
        if (!found.has_value()) return std::unexpected(found.error());
        if (!*found) return std::nullopt;
        auto& link = **found;
        return web::ShortTarget{link.message, link.link, std::move(link.destination), link.is_tracked};
    };
    web_ =
        std::make_unique<web::Listener>(web::ListenerParts{.clock = clock_,
                                                           .metrics = metrics_,
                                                           .queue = *hits_,
                                                           .keys = std::move(*keys),
                                                           .networks = web::read_networks(now->web.networks_dir),
                                                           .keep_links = [this] { return settings()->web.keep_links; },
                                                           .find_short = std::move(find_short)},
                                        now->web);
    if (auto opened = open_pages(); !opened.has_value()) return opened;
    return web_->start();
}

Result<void> App::open_store() {
    store::SqliteOptions options;
    options.path = database_path();
    options.country = settings()->daemon.country;
    options.zone = settings()->daemon.timezone;
    options.reader_connections = store_readers;
    if (auto folder = keep_private(options.path, settings()->daemon.state_dir); !folder.has_value()) return folder;
    options.fed = [this] {
        if (auto* deliveries = fed_deliveries_.load()) deliveries->fed();
    };
    options.moved = [this](std::vector<store::Moved> moves) { outcomes_->put(std::move(moves)); };
    store::JournalOptions journal;
    journal.keep = std::max<Milliseconds>(journal.keep, settings()->store.keep_finished);
    auto opened = store::open_sqlite(options, clock_, journal);
    if (!opened.has_value()) return std::unexpected(explain_store(options.path, opened.error()));
    store_ = std::move(*opened);
    open_store_ = store_.get();
    const auto joined = store_->joined();
    ids_ = std::make_unique<IdGenerator>(clock_, joined.ids_after, 0, joined.owner.node);
    store_answered_ = clock_.monotonic().time_since_epoch().count();
    return {};
}

void App::open_reports() {
    stop_answers_ = std::make_unique<track::StopAnswers>(
        track::StopAnswers::Deps{clock_, *store_, *store_, *ids_, upkeep_.executor(), [this] { return settings(); },
                                 [this](store::AcceptedBatch taken) { dispatcher_->accepted(std::move(taken)); }});
    reports_ = std::make_unique<track::ReportIntake>(track::ReportIntake::Deps{
        clock_, *store_, metrics_, strand_, [this] { return settings(); },
        [this](std::string_view route, MessageKey message) { receipts_.put(route, message); },
        [this](std::string number, MessageId latest) { stop_answers_->answer(std::move(number), latest); }});
    received_ = std::make_unique<track::ReceivedReports>(track::ReceivedReports::Deps{
        clock_, *store_, *store_, *reports_, metrics_, upkeep_.executor(), [this] { return settings(); }});
}

void App::open_plugins() {
    auto events = [this](std::string_view instance, model::Report event, std::function<void(bool)> durable) {
        take_event(instance, std::move(event), std::move(durable));
    };
    host_ = std::make_unique<plugin::Host>(
        plugin::Services{plugins_.executor(), *transfers_, metrics_, clock_, std::move(events), Milliseconds{100}});
    if (auto sandbox = host_->add_builtin(chapar_builtin_sandbox); !sandbox.has_value())
        log::error("plugin.not_loaded", "{}", sandbox.error().message());
    host_->open_all(settings()->daemon.plugin_dirs);  // it logs what it refuses
}

Result<std::vector<dispatch::RouteSpec>> App::make_routes(const config::Settings& next) {
    std::vector<dispatch::RouteSpec> out;
    for (const auto& route : routes_of(next)) {
        if (config::lacks_from(route))
            log::warning("route.without_from",
                         "route {} gives mails no From: a request or template without one is refused with 422. Set "
                         "`from` in its [route.settings]",
                         route.name);
        const auto* traits = host_->traits(route.plugin);
        std::shared_ptr<plugin::Instance> instance;
        for (const auto& known : routes_) {
            const bool same = known.settings.name == route.name && known.settings.plugin == route.plugin &&
                              known.settings.config_json == route.config_json;
            if (same) instance = known.instance;
        }
        const auto give_up = [&](const std::string& why) {
            for (auto& spec : out)
                retire_if_new(spec);
            return fail(plugin::Code::bad_config, "route " + route.name + ": " + why);
        };
        if (traits != nullptr && traits->channels.empty())
            return give_up("the plugin " + route.plugin + " sends nothing: it belongs to a [[receiver]]");
        if (!instance) {
            auto made = host_->create(route.plugin, route.name, route.config_json);
            if (!made.has_value()) return give_up(made.error().message());
            instance = std::move(*made);
        }
        out.push_back({route, std::move(instance)});
    }
    return out;
}

void App::retire_if_new(const dispatch::RouteSpec& spec) {
    for (const auto& known : routes_) {
        if (known.instance == spec.instance) return;
    }
    retire({spec.instance});
}

void App::begin_threads() {
    strand_thread_ = std::thread([this] {
        name_thread("dispatch");
        const auto work = boost::asio::make_work_guard(strand_);
        strand_.run();
    });
}

/// What they still wait to do is dropped: it is in the store, or it is done again at the next start.
void App::end_threads() {
    if (catalogue_) catalogue_->cancel();
    render_.stop();
    render_.join();
    for (auto* threads : {&reads_, &plugins_, &upkeep_, &templates_})
        threads->stop();
}

void App::serve() {
    log::info("start.ready", "chapard {} is ready", options_.version);
    systemd::notify("READY=1\nSTATUS=" + status());
    phase_ = "serving";
    watch();
    if (!stopping_) main_.run();
}

}  // namespace chapar::app

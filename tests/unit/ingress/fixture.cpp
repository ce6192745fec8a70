#include "fixture.hpp"

#include <cstdlib>

#include "failing_store.hpp"
#include "store/open_sqlite.hpp"

namespace chapar::ingress::test {

void FrontDoor::SetUp() {
    std::string name = std::filesystem::temp_directory_path() / "chapar-ingress-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
    path = (folder / "chapar.sock").string();
    settings = std::make_shared<config::Settings>();
    settings->socket.path = path;
    for (const auto* class_name : {"otp", "transactional", "marketing"})
        settings->classes[class_name].name = class_name;
    settings->classes["otp"].requires_ = settings->classes["transactional"].requires_ = config::Requires::none;
    config::ApplicationSettings shop;
    shop.name = "shop";
    shop.users = {std::to_string(::getuid())};
    shop.classes = shop.channels = shop.templates = {"*"};
    shop.from = {"*@shop.example"};
    settings->applications.push_back(shop);
    config::RouteSettings route;
    route.name = "smtp-a";
    route.channel = "email";
    settings->routes.push_back(route);
    store::SqliteOptions options;
    options.path = (folder / "chapar.db").string();
    auto opened = store::open_sqlite(options, clock);
    ASSERT_TRUE(opened.has_value()) << opened.error().message();
    real_store = std::move(*opened);
    auto wrapped = std::make_unique<FailingStore>(*real_store);
    failing = wrapped.get();
    store = std::move(wrapped);
    ids = std::make_unique<IdGenerator>(clock, MessageKey{0}, 7);
}

void FrontDoor::TearDown() {
    server.reset();
    if (real_store) real_store->close();
    std::filesystem::remove_all(folder);
}

config::Settings& FrontDoor::change() {
    const std::lock_guard lock(settings_mutex);
    settings = std::make_shared<config::Settings>(*settings);
    return *settings;
}

config::ApplicationSettings& FrontDoor::app(const std::string& name) {
    auto& now = change();
    for (auto& known : now.applications) {
        if (known.name == name) return known;
    }
    now.applications.push_back({});
    now.applications.back().name = name;
    now.applications.back().classes = now.applications.back().channels = now.applications.back().templates = {"*"};
    return now.applications.back();
}

void FrontDoor::open() {
    const auto current = [this] {
        const std::lock_guard lock(settings_mutex);
        return std::shared_ptr<const config::Settings>(settings);
    };
    Deps deps{clock, *store, control, catalogue, *ids, metrics, current, {}, 2, identify};
    scrape = std::make_unique<admin::Scrape>(*store, metrics, (folder / "chapar.db").string(), "0.1.0", [] {
        return std::vector<std::pair<std::string, Milliseconds>>{{"dispatch", Milliseconds{250}}};
    });
    const admin::Deps admin_deps{clock,
                                 *store,
                                 *store,
                                 control,
                                 catalogue,
                                 *scrape,
                                 current,
                                 [] {
                                     admin::Health health;
                                     health.ready = true;
                                     health.checks = {{"store", true, ""}};
                                     return health;
                                 },
                                 "0.1.0",
                                 (folder / "chapar.toml").string()};
    deps.endpoints = admin::endpoints(admin_deps);
    server = std::make_unique<Server>(std::move(deps));
    const auto started = server->start({});
    ASSERT_TRUE(started.has_value()) << started.error().message();
}

Answer FrontDoor::ask(std::string_view method, std::string_view target, std::string_view body, Headers headers) {
    auto connection = client();
    connection.request(method, target, body, headers);
    return connection.read();
}

}  // namespace chapar::ingress::test

#pragma once
// The room of webhooks with a store in memory and consumers that follow a script, in virtual time.

#include <gtest/gtest.h>

#include <simdjson.h>
#include <unistd.h>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include <boost/asio/post.hpp>

#include "../dispatch/virtual_time.hpp"
#include "base/metrics.hpp"
#include "engage/base64.hpp"
#include "store/open_memory.hpp"
#include "webhook/deliveries.hpp"

namespace chapar::webhook {

using namespace std::chrono_literals;

/// What a consumer answers. Status 0: nothing at all.
struct Said {
    int status = 200;
    Milliseconds after{1};
    net::Pairs headers{};
};

struct Request {
    std::string url{}, id{}, type{}, signature{}, body{};
    std::string person{};  // the address of its event
    int status = 0;
    Timestamp at{};
};

/// Takes what is posted, and answers as it is told.
class Consumer {
  public:
    std::function<Said(const Request&)> rule = [](const Request&) { return Said{}; };
    std::vector<Request> requests;
    std::set<std::string> taken;  // ids that were accepted

    /// Events that were accepted, each once, in the order in which they first were.
    std::vector<std::string> accepted(const std::string& person = "") const {
        std::vector<std::string> out;
        std::set<std::string> seen;
        for (const auto& each : requests) {
            const bool is_taken = each.status >= 200 && each.status < 300;
            if (is_taken && (person.empty() || each.person == person) && seen.insert(each.id).second)
                out.push_back(each.id);
        }
        return out;
    }
};

inline std::string secret_text(char fill) { return "whsec_" + engage::to_base64(std::string(24, fill)); }

class Room : public testing::Test {
  protected:
    Room() { open_store(); }
    ~Room() override {
        if (store) store->when_fed({});
        deliveries.reset();
        drop_answers();
        store.reset();
        for (const auto& path : secrets_)
            ::unlink(path.c_str());
    }

    void open_store() {
        store = store::open_memory(place, {.stepped = true, .refuses = [this] { return is_full; }}, world.clock);
        world.wait_outside = [this] { return store::MemoryPlace::step(*store); };
    }
    void open_room() {
        deliveries = std::make_unique<Deliveries>(
            Deps{world.clock, *store, *store, metrics, world.timers,
                 [this](std::function<void()> work) { boost::asio::post(world.contexts->strand, std::move(work)); },
                 [this](net::Transfer out, net::Transfers::Done done) { carry(std::move(out), std::move(done)); },
                 [this] { return std::uniform_real_distribution<>()(random); }});
        store->when_fed([this] { deliveries->fed(); });
    }
    /// As after kill -9: what was not written is gone, and so is what is under way.
    void crash() {
        store->when_fed({});
        deliveries.reset();
        drop_answers();
        world.drop_ready();
        store::MemoryPlace::crash(store);
        open_store();
        open_room();
    }

    config::WebhookSettings settings(const std::string& name, const std::string& order = "person") {
        config::WebhookSettings out;
        out.name = name;
        out.url = "https://" + name + ".example/hooks";
        out.secrets = {secret(name[0])};
        out.events = {"*"};
        out.order = order;
        return out;
    }
    /// A file that holds a secret.
    std::string secret(char fill) {
        auto path = testing::TempDir() + "whsec-" + std::to_string(::getpid()) + "-" + fill;
        std::ofstream(path) << secret_text(fill) << "\n";
        ::chmod(path.c_str(), 0600);
        secrets_.insert(path);
        return path;
    }
    static DefinitionPtr definition(const config::WebhookSettings& of) {
        auto out = define(of);
        EXPECT_TRUE(out.has_value()) << (out ? "" : out.error().text);
        return out.value_or(nullptr);
    }
    void apply(const std::vector<config::WebhookSettings>& all) {
        std::vector<DefinitionPtr> definitions;
        for (const auto& each : all)
            definitions.push_back(definition(each));
        deliveries->apply(std::move(definitions));
        world.run();
    }

    /// Something that a person said: an entry of the feed of nobody's message.
    void say(int person, const std::string& kind = "inbound") {
        model::Report report;
        report.route = "op";
        report.channel = "sms";
        report.word = model::Word::person;
        report.kind = kind;
        report.address = address(person);
        report.detail = "word " + std::to_string(++said_);
        report.at = world.clock.now();
        store->report(std::move(report), {});
    }
    static std::string address(int person) { return "+98912" + std::to_string(1'000'000 + person); }
    /// The ids of all that is in the feed, as a receiver knows them.
    std::vector<std::string> fed(const std::string& person = "") {
        std::vector<std::string> out;
        store::FeedCursor at;
        for (bool more = true; more;) {
            const auto page = store->feed({}, at, 1'000);
            for (const auto& entry : page->entries)
                if (person.empty() || entry.address == person) out.push_back(event_of(entry).id);
            at = page->next;
            more = page->has_more;
        }
        return out;
    }
    View view(const std::string& name) {
        View out;
        deliveries->list([&](const Result<std::vector<View>>& all) {
            for (const auto& each : *all)
                if (each.name == name) out = each;
        });
        return out;
    }
    bool until(const std::function<bool()>& done, Milliseconds limit) { return world.until(done, limit); }
    std::size_t rows(const std::string& name) { return store->webhook_waits(name)->size(); }

    /// What is under way is never answered. Each timer is held by its own call.
    void drop_answers() {
        const auto all = std::exchange(timers_, {});
        for (const auto& timer : all)
            timer->cancel();
        in_flight.clear();
    }

    void carry(net::Transfer out, net::Transfers::Done done) {
        const auto host = out.url.substr(8, out.url.find('.') - 8);
        auto& consumer = consumers[host];
        Request request{.url = out.url, .body = out.body, .at = world.clock.now()};
        for (const auto& [name, value] : out.headers) {
            if (name == "webhook-id") request.id = value;
            if (name == "webhook-signature") request.signature = value;
        }
        simdjson::dom::parser parser;
        simdjson::dom::element body;
        std::string_view text;
        ASSERT_EQ(parser.parse(out.body).get(body), simdjson::SUCCESS);
        if (body["type"].get(text) == simdjson::SUCCESS) request.type = text;
        if (body["data"]["address"].get(text) == simdjson::SUCCESS) request.person = text;
        ++in_flight[host];
        most_in_flight[host] = std::max(most_in_flight[host], in_flight[host]);
        const auto said = consumer.rule(request);
        const auto after = std::min(said.after, out.timeout);
        auto timer = std::shared_ptr<Timer>(world.timers.make());
        timers_.insert(timer);
        auto kept = std::make_shared<net::Transfers::Done>(std::move(done));
        timer->run_at(world.clock.monotonic() + after,
                      [this, host, request, said, kept, timer, limit = out.timeout]() mutable {
                          --in_flight[host];
                          request.status = said.after < limit ? said.status : 0;
                          consumers[host].requests.push_back(request);
                          if (request.status >= 200 && request.status < 300) consumers[host].taken.insert(request.id);
                          net::TransferResult result;
                          result.code = request.status;
                          result.headers = said.headers;
                          result.timed_out = said.after >= limit;
                          if (result.code == 0) result.error = "nobody is there";
                          auto answer = std::exchange(kept, nullptr);
                          timers_.erase(timer);
                          (*answer)(std::move(result));
                      });
    }

    dispatch::VirtualWorld world;
    metrics::Registry metrics;
    std::mt19937 random{7};
    bool is_full = false;  // the disk
    store::MemoryPlace place;
    std::unique_ptr<store::Store> store;
    std::unique_ptr<Deliveries> deliveries;
    std::map<std::string, Consumer> consumers;
    std::map<std::string, int> in_flight, most_in_flight;

  private:
    std::set<std::shared_ptr<Timer>> timers_;
    std::set<std::string> secrets_;
    int said_ = 0;
};

}  // namespace chapar::webhook

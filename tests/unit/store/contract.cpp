#include "contract.hpp"

#include <unistd.h>

#include <cstdlib>

#include "store/open_memory.hpp"

namespace chapar::store {
namespace {

class SqlitePlace final : public Place {
  public:
    Result<std::unique_ptr<Store>> open(const Clock& clock) override {
        SqliteOptions options;
        options.path = directory_.path() / "store.db";
        return open_sqlite(options, clock);
    }
    const std::filesystem::path& directory() const override { return directory_.path(); }
    void crash(std::unique_ptr<Store>& store) override {
        const TemporaryDirectory aside;
        // By another process: to close a file here would let go of SQLite's locks on it.
        const std::string copy = "cp " + directory().string() + "/store.db* " + aside.path().string();
        ASSERT_EQ(std::system(copy.c_str()), 0);
        std::filesystem::remove(aside.path() / "store.db-shm");
        store.reset();
        for (const auto& file : std::filesystem::directory_iterator(directory()))
            std::filesystem::remove(file.path());
        std::filesystem::copy(aside.path(), directory());
    }

  private:
    TemporaryDirectory directory_;
};

/// Nothing of it stands in the directory.
class PlaceInMemory final : public Place {
  public:
    /// `shuffle`: as of MemoryOptions, of the first store that is opened here.
    explicit PlaceInMemory(std::uint64_t shuffle) : shuffle_(shuffle) {}
    Result<std::unique_ptr<Store>> open(const Clock& clock) override {
        MemoryOptions options;
        if (shuffle_ != 0) options.shuffle = shuffle_++;
        return open_memory(memory_, options, clock);
    }
    const std::filesystem::path& directory() const override { return directory_.path(); }
    void crash(std::unique_ptr<Store>& store) override { MemoryPlace::crash(store); }

  private:
    std::uint64_t shuffle_;
    TemporaryDirectory directory_;
    MemoryPlace memory_;
};

}  // namespace

std::vector<Backend> backends() {
    return {{"sqlite", [] { return std::make_unique<SqlitePlace>(); }},
            {"memory", [] { return std::make_unique<PlaceInMemory>(0); }},
            {"memory_lanes", [] { return std::make_unique<PlaceInMemory>(1); }}};
}

TemporaryDirectory::TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "chapar-store-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::optional<model::LeaseOwner> orphan_owner(Store& store, MessageKey key) {
    const auto found = store.orphans(100'000);
    EXPECT_TRUE(found.has_value());
    for (const auto& each : *found)
        if (each.queued.message.id.key() == key) return each.owner;
    return std::nullopt;
}

NewMessage Driver::make(const std::string& application, const std::string& key) {
    NewMessage item;
    item.message.id = ids_.next();
    item.message.application = application;
    item.message.class_name = "transactional";
    item.message.recipient = "customer-1";
    item.message.campaign = "spring";
    item.message.tags = {"blue", "green"};
    item.message.plan = {{"email", "a@example.org", "welcome", "rev-1", "fa-IR"}, {"sms", "+989120000000", "", "", ""}};
    item.message.accepted_at = item.message.send_at = clock_.now();
    item.message.expires_at = clock_.now() + std::chrono::hours(24);
    item.message.body = "{\"hello\":\"\xD8\xB3\xD9\x84\xD8\xA7\xD9\x85\"}";
    item.idempotency_key = key;
    item.request_hash = 0xF000'0000'0000'0001;
    return item;
}

Result<AcceptedBatch> Driver::accept(Store& store, std::vector<NewMessage> batch) {
    return wait_for<AcceptedBatch>([&](auto done) { store.accept(std::move(batch), done); });
}

MessageId Driver::accept_one(Store& store, const std::string& application, const std::string& key) {
    return accept_one(store, make(application, key));
}

MessageId Driver::accept_one(Store& store, NewMessage item) {
    std::vector<NewMessage> batch;
    batch.push_back(std::move(item));
    const auto accepted = accept(store, std::move(batch));
    EXPECT_TRUE(accepted.has_value());
    return accepted ? accepted->results.front().id : MessageId{};
}

bool Driver::lease(Store& store, MessageId id, int number) { return lease(store, id, number, nullptr).granted; }

model::Leased Driver::lease(Store& store, MessageId id, int number, std::shared_ptr<model::Gate> gate) {
    const auto answers = wait_for<std::vector<model::Leased>>(
        [&](auto done) { store.lease({{id.key(), number, "email", "smtp-a", clock_.now()}}, std::move(gate), done); });
    EXPECT_TRUE(answers.has_value());
    return answers ? answers->front() : model::Leased{};
}

bool Driver::settle(Store& store, MessageId id, int number, model::Event event, model::Outcome outcome,
                    std::optional<model::LeaseOwner> orphan_of) {
    Settlement settlement;
    settlement.key = id.key();
    settlement.number = number;
    settlement.orphan_of = orphan_of;
    settlement.event = event;
    settlement.outcome = std::move(outcome);
    settlement.at = clock_.now();
    settlement.due = clock_.now() + std::chrono::minutes(5);
    settlement.step = 1;
    settlement.trace = {{clock_.now(), model::Reason::handed_over, "smtp-a"}};
    const auto flags = wait_for<std::vector<bool>>([&](auto done) { store.settle({settlement}, done); });
    return flags && flags->front();
}

Result<model::Progress> Driver::move(Store& store, Transition transition) {
    return wait_for<model::Progress>([&](auto done) { store.move(std::move(transition), done); });
}

Result<model::Progress> Driver::move(Store& store, MessageId id, model::Event event) {
    Transition transition;
    transition.key = id.key();
    transition.event = event;
    return move(store, std::move(transition));
}

void Driver::drain(Store& store) {
    const auto flags = wait_for<std::vector<bool>>([&](auto done) { store.settle({}, done); });
    EXPECT_TRUE(flags.has_value());
}

PoolId Driver::pool(Store& store, const NewMessage& like) {
    const auto pool = store.pool_of(like.message.class_name, like.message.application, like.message.campaign);
    EXPECT_TRUE(pool.has_value());
    return pool ? pool->id : PoolId{};
}

}  // namespace chapar::store

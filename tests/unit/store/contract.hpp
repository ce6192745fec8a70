#pragma once
// What every backend of store.hpp has to do. A backend is a factory that opens the same data again and again.

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "store/open_sqlite.hpp"

namespace chapar::store {

/// A place where a store lives; gone with its destructor.
class Place {
  public:
    virtual ~Place() = default;
    virtual Result<std::unique_ptr<Store>> open(const Clock& clock) = 0;
    virtual const std::filesystem::path& directory() const = 0;
    /// Ends `store` so that only what it had on disk by now is there at the next `open`.
    virtual void crash(std::unique_ptr<Store>& store) = 0;
};

struct Backend {
    std::string name;
    std::function<std::unique_ptr<Place>()> make;
};
std::vector<Backend> backends();
inline std::string backend_name(const testing::TestParamInfo<Backend>& backend) { return backend.param.name; }

/// A directory of its own under the temporary directory.
class TemporaryDirectory {
  public:
    TemporaryDirectory();
    ~TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

/// Waits for an asynchronous write.
template <class T, class Call>
Result<T> wait_for(Call call) {
    std::promise<Result<T>> told;
    call([&told](Result<T> result) { told.set_value(std::move(result)); });
    return told.get_future().get();
}

/// All ids that a filter finds, page by page.
inline std::vector<MessageId> found(Store& store, const ListFilter& filter, int limit) {
    std::vector<MessageId> ids;
    std::optional<MessageKey> below;
    do {
        const auto page = store.list(filter, below, limit);
        EXPECT_TRUE(page.has_value());
        if (!page) break;
        for (const auto& record : page->records)
            ids.push_back(record.message.id);
        below = page->next;
    } while (below);
    return ids;
}
inline ListFilter by_address(const std::string& address) {
    ListFilter out;
    out.address = address;
    return out;
}

/// Whose life left this attempt behind; nothing: it is in hand of one that goes on, or of none.
std::optional<model::LeaseOwner> orphan_owner(Store& store, MessageKey key);

/// Makes messages and drives one store synchronously.
class Driver {
  public:
    explicit Driver(ManualClock& clock) : clock_(clock), ids_(clock, MessageKey{0}, 11) {}

    NewMessage make(const std::string& application = "shop", const std::string& key = "");
    static Result<AcceptedBatch> accept(Store& store, std::vector<NewMessage> batch);
    /// Accepts one message and returns its id.
    MessageId accept_one(Store& store, const std::string& application = "shop", const std::string& key = "");
    MessageId accept_one(Store& store, NewMessage item);
    bool lease(Store& store, MessageId id, int number);
    model::Leased lease(Store& store, MessageId id, int number, std::shared_ptr<model::Gate> gate);
    bool settle(Store& store, MessageId id, int number, model::Event event, model::Outcome outcome = {},
                std::optional<model::LeaseOwner> orphan_of = std::nullopt);
    bool take_over(Store& store, const Orphan& orphan, model::Event event) {
        return settle(store, orphan.queued.message.id, orphan.attempt.number, event, {}, orphan.owner);
    }
    static Result<model::Progress> move(Store& store, Transition transition);
    static Result<model::Progress> move(Store& store, MessageId id, model::Event event);
    /// Every write submitted before this has been answered.
    static void drain(Store& store);
    PoolId pool(Store& store, const NewMessage& like);

  private:
    ManualClock& clock_;
    IdGenerator ids_;
};

class Contract : public testing::TestWithParam<Backend> {
  protected:
    void SetUp() override {
        place = GetParam().make();
        open();
    }
    void open() {
        auto opened = place->open(clock);
        ASSERT_TRUE(opened.has_value()) << opened.error().message();
        store = std::move(*opened);
    }
    void reopen() {
        store->close();
        store.reset();
        open();
    }
    model::State state(MessageId id) {
        const auto record = store->find(id);
        EXPECT_TRUE(record.has_value());
        return record ? record->progress.state : model::State::held;
    }

    ManualClock clock{from_ms(1'790'000'000'000)};
    Driver driver{clock};
    std::unique_ptr<Place> place;
    std::unique_ptr<Store> store;
};

}  // namespace chapar::store

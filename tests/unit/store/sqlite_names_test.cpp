// People who were stored under several spellings by an earlier version, and the names that one person has.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sqlite3.h>

#include "contract.hpp"
#include "older_store.hpp"
#include "store/person.hpp"
#include "store/rows/erased_address.hpp"
#include "store/rows/person_rows.hpp"
#include "store/sqlite/tables_people.hpp"

namespace chapar::store {
namespace {

using model::ConsentState;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class NamesFile : public testing::Test {
  protected:
    void SetUp() override { open(); }
    std::string path() const { return (directory.path() / "store.db").string(); }
    void open() {
        SqliteOptions options;
        options.path = path();
        options.country = "IR";
        auto opened = open_sqlite(options, clock);
        ASSERT_TRUE(opened.has_value()) << opened.error().message();
        store = std::move(*opened);
    }
    void run(const std::string& statement) const {
        sqlite3* db = nullptr;
        ASSERT_EQ(sqlite3_open(path().c_str(), &db), SQLITE_OK);
        char* why = nullptr;
        EXPECT_EQ(sqlite3_exec(db, statement.c_str(), nullptr, nullptr, &why), SQLITE_OK) << why;
        sqlite3_close(db);
    }
    /// The file as the version before had it, and then `rows`.
    void upgrade(const std::vector<std::string>& rows) {
        store->close();
        store.reset();
        take_tallies_away(path());
        run("DROP TABLE turn; ALTER TABLE feed DROP COLUMN state; DROP TABLE recipient_address; "
            "DROP TABLE use_journal; DROP TABLE use_merge; "
            "ALTER TABLE search_run DROP COLUMN level; ALTER TABLE message DROP COLUMN fields; "
            "ALTER TABLE progress DROP COLUMN owner; ALTER TABLE identity DROP COLUMN epoch; PRAGMA user_version = 8");
        for (const auto& row : rows)
            run(row);
        open();
    }
    std::string consent(const std::string& person, ConsentState state, std::int64_t number, Timestamp at) const {
        const model::Consent word{"shop", person, "*", "*", state, "form", "", at};
        return fmt::format("INSERT INTO consent VALUES ('shop', '{}', {}, '*', '*', {}, 'form', '', {}, {})", person,
                           number, static_cast<int>(state), to_ms(at), checksum(word, number));
    }
    std::string suppression(const std::string& channel, const std::string& address,
                            std::optional<Timestamp> until = {}) const {
        const model::Suppression row{channel,     address, model::SuppressionReach::all, "manual", "operator",
                                     clock.now(), until};
        return fmt::format("INSERT INTO suppression VALUES ('{}', '{}', 2, 'manual', 'operator', {}, {}, {})", channel,
                           address, to_ms(clock.now()), until ? std::to_string(to_ms(*until)) : "NULL", checksum(row));
    }
    std::string profile(const std::string& id, const std::string& json, std::int64_t at) const {
        return fmt::format("INSERT INTO recipient VALUES ('shop', '{}', '{}', {})", id, json, at);
    }
    std::vector<model::Consent> said_by(const std::string& name) {
        std::vector<model::Consent> out;
        EXPECT_TRUE(store->peek([&](model::Ledger& ledger) { out = ledger.consents("shop", name); }).has_value());
        return out;
    }
    std::vector<model::Suppression> stops(const std::string& channel, const std::string& address) {
        std::vector<model::Suppression> out;
        EXPECT_TRUE(
            store->peek([&](model::Ledger& ledger) { out = ledger.suppressions(channel, address); }).has_value());
        return out;
    }

    TemporaryDirectory directory;
    ManualClock clock{from_ms(1'790'000'000'000)};
    Driver driver{clock};
    std::unique_ptr<Store> store;
};

TEST_F(NamesFile, an_upgrade_keeps_every_no_whatever_its_spelling) {
    const auto t = clock.now();
    upgrade({consent("Sara@Example.COM", ConsentState::unsubscribed, 1, t),
             consent("09121234567", ConsentState::unsubscribed, 1, t),
             consent("ali@example.com", ConsentState::subscribed, 1, t),
             consent("Ali@example.com", ConsentState::unsubscribed, 1, t + Milliseconds(1)),
             consent("Customer-7", ConsentState::unsubscribed, 1, t), suppression("email", "Leyla@example.com"),
             suppression("email", "Both@example.com", t + std::chrono::hours(1)),
             suppression("email", "both@example.com"), suppression("*", "Any@example.com")});
    for (const auto* name : {"sara@example.com", "+989121234567", "ali@example.com", "Customer-7"}) {
        const auto words = said_by(name);
        ASSERT_EQ(words.size(), 1U) << name;
        EXPECT_EQ(words[0].state, ConsentState::unsubscribed) << name;
    }
    EXPECT_EQ(store->consent_history("shop", "ali@example.com")->size(), 2U) << "the proof stays";
    for (const auto* spelling : {"leyla@example.com", "Leyla@example.com", "LEYLA@EXAMPLE.COM"})
        EXPECT_EQ(stops("email", spelling).size(), 1U) << spelling;
    ASSERT_EQ(stops("email", "both@example.com").size(), 1U);
    EXPECT_FALSE(stops("email", "both@example.com")[0].until) << "the stronger of two stays";
    EXPECT_EQ(stops("email", "any@example.com").size(), 1U);
}

TEST_F(NamesFile, an_upgrade_knows_whose_an_address_is) {
    upgrade({profile("u1", R"({"email":"Sara@example.com","phone":"+989121234567"})", 5),
             profile("Ali@Example.com", R"({"locale":"fa"})", 5), profile("ali@example.com", R"({"locale":"en"})", 9)});
    for (const auto* address : {"sara@example.com", "+989121234567"}) {
        const auto who = person_of(*store, "shop", address);
        ASSERT_TRUE(who.has_value());
        EXPECT_THAT(who->ids, UnorderedElementsAre("u1", "sara@example.com", "+989121234567")) << address;
    }
    const auto newer = store->recipient("shop", "Ali@example.com");
    ASSERT_TRUE(newer.has_value() && newer->has_value());
    EXPECT_EQ((*newer)->profile, R"({"locale":"en"})");
}

TEST_F(NamesFile, the_hash_of_an_erased_address_holds_for_every_spelling) {
    auto item = driver.make();
    item.message.recipient = "old";
    item.message.plan = {{"email", "X@example.com", "", "", ""}};
    driver.accept_one(*store, item);
    using Counts = std::vector<std::pair<std::string, std::int64_t>>;
    ASSERT_TRUE(
        wait_for<Counts>([&](auto done) { store->erase_person("shop", *person_of(*store, "shop", "old"), done); }));
    for (const auto* spelling : {"x@example.com", "X@Example.com"})
        EXPECT_EQ(stops("email", spelling).size(), 1U) << spelling;
    EXPECT_EQ(stops("email", "y@example.com").size(), 0U);
}

TEST_F(NamesFile, what_an_earlier_version_hashed_as_it_was_written_is_still_not_written_to) {
    std::string hash;
    {
        auto connection = sqlite::Connection::open(path(), sqlite::Access::write);
        ASSERT_TRUE(connection.has_value());
        sqlite::SqlPeople people(**connection);
        hash = erased_address(people.need_salt(), "email", "Old@example.com");
    }
    upgrade({suppression("email", hash)});
    EXPECT_EQ(stops("email", "Old@example.com").size(), 1U);
    EXPECT_EQ(stops("email", "Other@example.com").size(), 0U);
}

TEST_F(NamesFile, a_profile_that_changes_its_address_leaves_the_old_one) {
    const auto put = [&](const std::string& json) {
        ASSERT_TRUE(wait_for<bool>([&](auto done) { store->put_recipient({"shop", "u1", json, clock.now()}, done); }));
    };
    const auto owners = [&](const std::string& address) {
        std::vector<std::string> out;
        EXPECT_TRUE(store->peek([&](model::Ledger& ledger) { out = ledger.owners("shop", address); }).has_value());
        return out;
    };
    put(R"({"email":"Sara@example.com"})");
    EXPECT_THAT(owners("sara@EXAMPLE.com"), UnorderedElementsAre("u1"));
    put(R"({"email":"new@example.com"})");
    EXPECT_THAT(owners("sara@example.com"), IsEmpty());
    EXPECT_THAT(owners("new@example.com"), UnorderedElementsAre("u1"));
    ASSERT_TRUE(wait_for<bool>([&](auto done) { store->delete_recipient("shop", "u1", done); }));
    EXPECT_THAT(owners("new@example.com"), IsEmpty());
}

TEST_F(NamesFile, without_a_profile_the_messages_say_who_is_who) {
    const auto add = [&](const std::string& recipient, const std::string& address) {
        auto item = driver.make();
        item.message.recipient = recipient;
        item.message.plan = {{"email", address, "", "", ""}};
        driver.accept_one(*store, item);
    };
    add("u5", "Five@example.com");
    add("", "five@example.com");
    add("u6", "six@example.com");
    for (const auto* name : {"u5", "five@example.com"}) {
        const auto who = person_of(*store, "shop", name);
        ASSERT_TRUE(who.has_value());
        EXPECT_THAT(who->ids, UnorderedElementsAre("u5", "five@example.com")) << name;
    }
    EXPECT_THAT(person_of(*store, "bank", "five@example.com")->ids, UnorderedElementsAre("five@example.com"));
}

}  // namespace
}  // namespace chapar::store

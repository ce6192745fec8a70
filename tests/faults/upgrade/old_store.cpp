// Adds waiting messages to a store of schema 4, as the program of that time wrote them.
// usage: old_store DATABASE COUNT
// What it knows of the rows is its own copy, frozen: the store's code of today must read what that program left.

#include <sqlite3.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

constexpr std::int64_t begin = 1'790'000'000'000;  // milliseconds since 1970
constexpr std::int64_t day = 86'400'000;

/// XXH3-64 over numbers of eight bytes, and texts behind their length as such a number.
class Sum {
  public:
    Sum& add(std::int64_t value) {
        bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
        return *this;
    }
    Sum& add(std::string_view text) {
        add(static_cast<std::int64_t>(text.size()));
        bytes_ += text;
        return *this;
    }
    std::int64_t value() const { return static_cast<std::int64_t>(XXH3_64bits(bytes_.data(), bytes_.size())); }

  private:
    std::string bytes_;
};

class Statement {
  public:
    Statement(sqlite3* database, const char* sql) : database_(database) {
        if (sqlite3_prepare_v2(database, sql, -1, &statement_, nullptr) != SQLITE_OK) fail();
    }
    ~Statement() { sqlite3_finalize(statement_); }
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    template <class... Values>
    void run(const Values&... values) {
        int place = 0;
        (bind(++place, values), ...);
        if (sqlite3_step(statement_) != SQLITE_DONE) fail();
        sqlite3_reset(statement_);
    }

  private:
    void bind(int place, std::int64_t value) { sqlite3_bind_int64(statement_, place, value); }
    void bind(int place, const std::string& text) {
        sqlite3_bind_text(statement_, place, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
    }
    void fail() const {
        std::fprintf(stderr, "%s\n", sqlite3_errmsg(database_));
        std::exit(1);
    }
    sqlite3* database_;
    sqlite3_stmt* statement_ = nullptr;
};

struct Row {
    std::int64_t key = 0, tail = 0, accepted_at = 0, expires_at = 0;
    std::string application = "shop", class_name, recipient, campaign, tags, idempotency_key, plan, body;

    std::int64_t sum() const {
        Sum sum;
        sum.add(key).add(tail).add(accepted_at).add(accepted_at).add(expires_at);
        sum.add(application).add(class_name).add(recipient).add(campaign).add(tags);
        return sum.add(idempotency_key).add(plan).add(body).value();
    }
};

Row row(std::int64_t number) {
    const auto name = std::to_string(number);
    Row out;
    out.accepted_at = begin + number;
    out.key = (out.accepted_at << 15) | (number & 0x7FFF);
    out.tail = number * 2'654'435'761;
    out.expires_at = out.accepted_at + 30 * day;
    out.class_name = number % 3 == 0 ? "marketing" : "transactional";
    out.recipient = "u-" + std::to_string(number % 1000);
    out.campaign = "upgrade-" + std::to_string(number % 15);
    out.tags = "\na\nb" + std::to_string(number % 4) + "\n";
    out.idempotency_key = "old-" + name;
    out.plan = "email\tp" + name + "@example.org\t\t\tfa\n";
    out.body = R"({"to":{"email":"p)" + name + R"(@example.org"},"content":{"email":{"subject":"s","text":"token-)" +
               name + "-end" + std::string(200, 'b') + "\"}}}";
    return out;
}

void fill(sqlite3* database, std::int64_t count) {
    Statement pool(database, "INSERT INTO pool (id, class, application, campaign) VALUES (?1, ?2, 'shop', ?3)");
    for (std::int64_t i = 0; i < 15; ++i)
        pool.run(1000 + i, std::string(i % 3 == 0 ? "marketing" : "transactional"), "upgrade-" + std::to_string(i));
    Statement message(database,
                      "INSERT INTO message (key, tail, application, class, recipient, campaign, tags, accepted_at, "
                      "send_at, expires_at, idempotency_key, sum, plan, body) "
                      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10, ?11, ?12, CAST(?13 AS BLOB))");
    Statement progress(database,
                       "INSERT INTO progress (key, state, step, attempts, due, pool, expires, sum, trace) "
                       "VALUES (?1, 0, 0, 0, ?2, ?3, ?4, ?5, '')");
    Statement key(
        database,
        "INSERT INTO idempotency (application, idempotency_key, key, request_hash) VALUES ('shop', ?1, ?2, ?3)");
    for (std::int64_t number = 0; number < count; ++number) {
        const Row one = row(number);
        const std::int64_t in = 1000 + number % 15;
        message.run(one.key, one.tail, one.application, one.class_name, one.recipient, one.campaign, one.tags,
                    one.accepted_at, one.expires_at, one.idempotency_key, one.sum(), one.plan, one.body);
        Sum state;
        state.add(one.key)
            .add(std::int64_t{0})
            .add(std::int64_t{0})
            .add(std::int64_t{0})
            .add(one.accepted_at)
            .add(in)
            .add(one.expires_at)
            .add(std::string_view());
        progress.run(one.key, one.accepted_at, in, one.expires_at, state.value());
        key.run(one.idempotency_key, one.key, number);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return std::fprintf(stderr, "usage: old_store DATABASE COUNT\n"), 2;
    sqlite3* database = nullptr;
    if (sqlite3_open(argv[1], &database) != SQLITE_OK) return 1;
    sqlite3_exec(database, "BEGIN", nullptr, nullptr, nullptr);
    fill(database, std::atoll(argv[2]));
    const bool done = sqlite3_exec(database, "COMMIT", nullptr, nullptr, nullptr) == SQLITE_OK;
    sqlite3_close(database);
    return done ? 0 : 1;
}

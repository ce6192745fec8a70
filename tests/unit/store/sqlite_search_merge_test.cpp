// Merging runs of the search index, step by step on one connection: nothing is lost, and what is erased meanwhile stays
// nowhere.

#include <gmock/gmock.h>

#include "contract.hpp"
#include "store/sqlite/search_merge.hpp"

namespace chapar::store::sqlite {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

class SearchMerging : public testing::Test {
  protected:
    static constexpr int parts = 8, messages_a_run = 4, merged = 100;
    static constexpr std::size_t entries_a_chunk = 4, chunks_a_step = 2;

    SearchMerging() {
        SqliteOptions options;
        options.path = (directory.path() / "store.db").string();
        EXPECT_TRUE(open_sqlite(options, clock).has_value());  // makes the tables
        connection = *Connection::open(options.path, Access::write);
        connection->run("PRAGMA synchronous = OFF; BEGIN");
        start_anew();
    }
    void start_anew() {
        writer.reset();
        connection->run("DELETE FROM search_run; DELETE FROM search_chunk");
        writer = std::make_unique<SearchWriter>(*connection);
        for (int i = 0; i < parts; ++i)
            make_run(i);
    }
    static std::string copy_to(int i) { return "copy" + std::to_string(i) + "@example.org"; }
    static model::Message message(int i) {
        model::Message out;
        out.id = MessageId(MessageKey{i + 1}, 7);
        out.application = "shop";
        out.recipient = "r-" + std::to_string(i);
        out.plan = {{"email", "a" + std::to_string(i % 5) + "@example.org", "welcome", "", ""}};
        out.plan[0].copies = {{copy_to(i), true, 0}};
        return out;
    }
    static std::vector<SearchEntry> entries_of(int from, int to) {
        std::vector<SearchEntry> out;
        for (int i = from; i < to; ++i)
            add_entries(message(i), out);
        std::ranges::sort(out);
        return out;
    }
    /// Run `i` has the number i + 1.
    void make_run(int i) const {
        const std::int64_t last = std::int64_t{i + 1} * messages_a_run;
        const SearchRun run{i + 1, MessageKey{last - messages_a_run + 1}, MessageKey{last}, 0};
        writer->begin(run);
        const auto entries = entries_of(i * messages_a_run, (i + 1) * messages_a_run);
        for (std::size_t at = 0; at < entries.size(); at += entries_a_chunk) {
            SearchChunk chunk{run.run, {}};
            for (std::size_t j = at; j < std::min(entries.size(), at + entries_a_chunk); ++j)
                chunk.entries.push_back(entries[j]);
            EXPECT_TRUE(writer->put(chunk));
        }
        EXPECT_TRUE(writer->end({run}, {}));
    }
    std::vector<SearchEntry> stored(std::int64_t from_run, std::int64_t to_run) const {
        Statement select(*connection,
                         "SELECT entries FROM search_chunk WHERE run BETWEEN ?1 AND ?2 "
                         "ORDER BY run, term, key");
        std::vector<SearchEntry> out;
        auto rows = select.query(from_run, to_run);
        while (rows.next()) {
            const auto some = decode_entries(rows.bytes(0));
            out.insert(out.end(), some.begin(), some.end());
        }
        return out;
    }
    /// A merge from its beginning to the last sweep; `pause` is called wherever another write may come between.
    void merge_all(const std::function<void()>& pause) const {
        Merge merge(merged, whole_runs(*connection));
        std::set<std::int64_t> in_work{merged};
        pause();
        writer->begin(merge.run());
        pause();
        for (bool is_last = false; !is_last;) {
            const auto chunks = merge.next(*connection, chunks_a_step, entries_a_chunk);
            ASSERT_TRUE(chunks.has_value());
            pause();
            for (const auto& chunk : *chunks)
                EXPECT_TRUE(writer->put(chunk));
            is_last = chunks->size() < chunks_a_step;
            if (is_last) {
                EXPECT_TRUE(writer->end({merge.run()}, merge.parts()));
            }
            pause();
        }
        for (auto loose = loose_runs(*connection); !loose.empty(); loose = loose_runs(*connection)) {
            writer->sweep(loose.front(), {}, 2);
            pause();
        }
    }

    TemporaryDirectory directory;
    ManualClock clock{from_ms(1'790'000'000'000)};
    std::unique_ptr<Connection> connection;
    std::unique_ptr<SearchWriter> writer;
};

TEST_F(SearchMerging, runs_become_one_with_all_that_they_had_in_order) {
    merge_all([] {});
    EXPECT_THAT(stored(0, 1000), ElementsAreArray(entries_of(0, parts * messages_a_run)));
    const auto runs = whole_runs(*connection);
    ASSERT_EQ(runs.size(), 1U);
    EXPECT_EQ(runs[0].run, merged);
    EXPECT_EQ(runs[0].first, MessageKey{1});
    EXPECT_EQ(runs[0].last, MessageKey{std::int64_t{parts} * messages_a_run});
    EXPECT_EQ(runs[0].level, 1);
}

TEST_F(SearchMerging, what_is_erased_at_any_moment_stays_nowhere_and_nothing_else_goes) {
    const std::int64_t application = term_of(TermKind::application, "shop");
    int moments = 1;
    for (int moment = 0; moment < moments; ++moment) {
        start_anew();
        std::set<MessageKey> erased;
        std::optional<SearchEntry> changed;
        const auto is_of_them = [&](const SearchEntry& entry) {
            return (erased.contains(entry.key) && entry.term != application) || entry == changed;
        };
        int now = 0;
        merge_all([&] {
            if (now++ == moment) {
                if (moment % 3 == 0) writer->forget();  // as after a rollback
                for (const int i : {moment % 32, (moment + 11) % 32, (moment + 22) % 32}) {
                    writer->blank(message(i));
                    erased.insert(MessageKey{i + 1});
                }
                const int other = (moment + 5) % 32;
                auto after = message(other);
                after.plan[0].copies.clear();
                writer->change(message(other), after);
                changed = {term_of(TermKind::address, copy_to(other)), MessageKey{other + 1}};
            }
            ASSERT_THAT(std::ranges::count_if(stored(0, 1000), is_of_them), 0) << "moment " << moment << " at " << now;
        });
        auto expected = entries_of(0, parts * messages_a_run);
        std::erase_if(expected, is_of_them);
        ASSERT_THAT(stored(0, 1000), ElementsAreArray(expected)) << "moment " << moment;
        moments = now;
    }
    EXPECT_GT(moments, 50);
}

TEST_F(SearchMerging, what_is_erased_is_gone_from_the_leavings_of_a_crash) {
    Merge merge(merged, whole_runs(*connection));
    writer->begin(merge.run());
    const auto chunks = merge.next(*connection, 100, entries_a_chunk);
    ASSERT_TRUE(chunks.has_value());
    for (const auto& chunk : *chunks)
        writer->put(chunk);
    writer = std::make_unique<SearchWriter>(*connection);  // as another process
    writer->blank(message(3));
    EXPECT_EQ(std::ranges::count(stored(0, 1000), MessageKey{4}, &SearchEntry::key), 2) << "the application, twice";
}

TEST_F(SearchMerging, a_writer_that_did_not_see_the_beginning_takes_no_part_and_no_end) {
    Merge merge(merged, whole_runs(*connection));
    writer->begin(merge.run());
    const auto chunks = merge.next(*connection, 1, entries_a_chunk);
    ASSERT_TRUE(chunks.has_value());
    writer = std::make_unique<SearchWriter>(*connection);  // over a new connection, after the disk failed
    EXPECT_FALSE(writer->put(chunks->front()));
    EXPECT_FALSE(writer->end({merge.run()}, merge.parts()));
    EXPECT_THAT(loose_runs(*connection), IsEmpty());
    EXPECT_EQ(whole_runs(*connection).size(), static_cast<std::size_t>(parts));
}

TEST_F(SearchMerging, only_what_nobody_works_on_and_no_row_stands_for_is_swept) {
    Merge merge(merged, whole_runs(*connection));
    writer->begin(merge.run());
    const auto chunks = merge.next(*connection, 3, entries_a_chunk);
    ASSERT_TRUE(chunks.has_value());
    for (const auto& chunk : *chunks)
        writer->put(chunk);
    const auto before = stored(0, 1000);
    writer->sweep(merged, {merged}, 100);
    writer->sweep(1, {merged}, 100);
    EXPECT_EQ(stored(0, 1000), before);
    EXPECT_THAT(loose_runs(*connection), ElementsAre(merged));
    writer->sweep(merged, {}, 100);
    EXPECT_EQ(stored(0, 1000).size(), before.size() - 3 * entries_a_chunk);
    EXPECT_THAT(loose_runs(*connection), IsEmpty());
}

TEST_F(SearchMerging, a_damaged_chunk_of_any_part_ends_the_merge_and_is_named) {
    for (int part = 1; part <= parts; ++part) {
        start_anew();
        Statement damage(*connection,
                         "UPDATE search_chunk SET entries = zeroblob(length(entries)) WHERE run = ?1 AND (term, key) = "
                         "(SELECT term, key FROM search_chunk WHERE run = ?1 ORDER BY term DESC LIMIT 1)");
        damage.run(part);
        Merge merge(merged, whole_runs(*connection));
        std::optional<std::vector<SearchChunk>> chunks;
        do {
            chunks = merge.next(*connection, chunks_a_step, entries_a_chunk);
        } while (chunks && chunks->size() == chunks_a_step);
        EXPECT_FALSE(chunks.has_value());
        ASSERT_TRUE(merge.damaged().has_value());
        EXPECT_EQ(merge.damaged()->run, part);
    }
}

/// Levels of runs from the oldest on; those in capital letters (A is 0) are in work. Numbers are places.
std::vector<std::int64_t> planned(std::string_view levels) {
    std::vector<SearchRun> runs;
    std::set<std::int64_t> in_work;
    for (std::size_t i = 0; i < levels.size(); ++i) {
        const auto number = static_cast<std::int64_t>(i);
        const bool is_busy = levels[i] >= 'A';
        runs.push_back({number, MessageKey{number}, MessageKey{number}, levels[i] - (is_busy ? 'A' : '0')});
        if (is_busy) in_work.insert(number);
    }
    std::vector<std::int64_t> out;
    for (const auto& run : next_merge(runs, in_work))
        out.push_back(run.run);
    return out;
}

TEST(SearchPlan, the_oldest_eight_neighbours_of_the_lowest_level_are_merged_with_what_is_smaller_between_them) {
    EXPECT_THAT(planned(""), IsEmpty());
    EXPECT_THAT(planned("0000000"), IsEmpty());
    EXPECT_THAT(planned("0000000000"), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
    EXPECT_THAT(planned("21111111"), IsEmpty());
    EXPECT_THAT(planned("211111110000000"), IsEmpty());
    EXPECT_THAT(planned("2111111110000"), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
    EXPECT_THAT(planned("111111110000000000"), ElementsAre(8, 9, 10, 11, 12, 13, 14, 15)) << "the lowest first";
    EXPECT_THAT(planned("00001000000"), IsEmpty()) << "no neighbours";
    EXPECT_THAT(planned("011100111100"), IsEmpty());
    EXPECT_THAT(planned("01110011111100"), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
    EXPECT_THAT(planned("0000A00000000"), ElementsAre(5, 6, 7, 8, 9, 10, 11, 12));
    EXPECT_THAT(planned("1111A1111"), IsEmpty());
    EXPECT_THAT(planned("BBBBBBBB1111111"), IsEmpty());
}

}  // namespace
}  // namespace chapar::store::sqlite

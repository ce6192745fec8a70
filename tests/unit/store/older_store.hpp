#pragma once
// Makes of a closed store's file what an earlier version would have left.

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "store/sqlite/read_rows.hpp"

namespace chapar::store {

/// As before counts for reports (schema 16). The caller says which version it is then.
inline void take_tallies_away(const std::string& path) {
    auto connection = sqlite::Connection::open(path, sqlite::Access::write);
    ASSERT_TRUE(connection.has_value());
    std::vector<std::pair<std::int64_t, std::int64_t>> sums;
    {
        sqlite::Statement all(**connection, "SELECT " CHAPAR_PROGRESS_COLUMNS " FROM progress");
        for (auto rows = all.query(); rows.next();) {
            auto row = sqlite::read_progress(rows);
            ASSERT_TRUE(row.has_value());
            row->series = 0;
            sums.emplace_back(row->key, checksum(*row));
        }
    }
    {
        sqlite::Statement forget(**connection, "UPDATE progress SET series = 0, sum = ?2 WHERE key = ?1");
        for (const auto& [key, sum] : sums)
            ASSERT_TRUE(forget.run(key, sum));
    }
    ASSERT_TRUE(
        (*connection)
            ->run("ALTER TABLE progress DROP COLUMN series; DROP TABLE series; DROP TABLE tally; DROP TABLE touch; "
                  "DROP TABLE conversion; DELETE FROM live WHERE pool = -3"));
}

}  // namespace chapar::store

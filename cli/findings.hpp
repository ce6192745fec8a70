#pragma once
// What is wrong with a file, as file:line:column; of each kind the first ones, then a count.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "csv/reader.hpp"

namespace chapar::cli {

class Findings {
  public:
    explicit Findings(std::string file) : file_(std::move(file)) {}
    /// `kind`: what is counted together. Said at once, on standard error.
    void add(std::string_view kind, csv::CsvPlace at, std::string_view sentence);
    void add(const csv::Problem& problem);
    /// The counts of what was not said.
    void finish();
    std::int64_t total() const { return total_; }

    static constexpr std::int64_t most_of_a_kind = 20;

  private:
    std::string file_;
    std::map<std::string, std::int64_t, std::less<>> counts_;
    std::int64_t total_ = 0;
};

}  // namespace chapar::cli

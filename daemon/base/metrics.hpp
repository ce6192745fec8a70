#pragma once
// Counters, gauges and histograms, printed in the Prometheus text format 0.0.4. Registration takes a lock; use does
// not. References stay valid for the registry's life. Callable from any thread.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chapar::metrics {

using Labels = std::vector<std::pair<std::string, std::string>>;

class Counter {
  public:
    void add(double by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }
    double value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<double> value_{0};
};

class Gauge {
  public:
    void set(double to) { value_.store(to, std::memory_order_relaxed); }
    void add(double by) { value_.fetch_add(by, std::memory_order_relaxed); }
    double value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<double> value_{0};
};

/// Fixed upper bounds, in the unit the metric's name ends with (seconds, bytes).
class Histogram {
  public:
    explicit Histogram(std::vector<double> bounds);
    void observe(double value);
    const std::vector<double>& bounds() const { return bounds_; }
    /// Count of observations in bucket `i`; i == bounds().size() is the overflow bucket.
    std::uint64_t bucket(std::size_t i) const { return buckets_[i].load(std::memory_order_relaxed); }
    double sum() const { return sum_.load(std::memory_order_relaxed); }

  private:
    std::vector<double> bounds_;
    std::unique_ptr<std::atomic<std::uint64_t>[]> buckets_;
    std::atomic<double> sum_{0};
};

class Registry {
  public:
    Registry();
    ~Registry();
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;

    /// Same name and labels: the same object again. `name` without the "chapar_" prefix, which is added.
    Counter& counter(std::string_view name, std::string_view help, Labels labels = {});
    Gauge& gauge(std::string_view name, std::string_view help, Labels labels = {});
    Histogram& histogram(std::string_view name, std::string_view help, std::vector<double> bounds, Labels labels = {});
    /// A gauge whose members come and go: from now on it has exactly these.
    void replace(std::string_view name, std::string_view help, std::vector<std::pair<Labels, double>> members);
    /// The whole registry as Prometheus text; passes `promtool check metrics`.
    std::string text() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace chapar::metrics

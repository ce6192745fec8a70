#pragma once
// The loop variables `forloop` and `tablerowloop`, and what a loop runs over. Internal to the library.

#include "render/liquid/context.hpp"

namespace chapar::liquid {

class Loop final : public Object {
  public:
    Loop(std::string_view label, std::uint64_t turns, const Loop* outer)
        : label_(label), length_(turns), parent_(outer) {}
    Value member(Context& context, std::string_view key, bool& found) const override;
    std::string_view name() const override { return "Liquid::ForloopDrop"; }
    void advance() { ++index_; }

  private:
    std::string_view label_;
    std::uint64_t length_, index_ = 0;
    const Loop* parent_;
};

class TableLoop final : public Object {
  public:
    TableLoop(std::uint64_t turns, std::int64_t columns) : length_(turns), cols_(columns) {}
    Value member(Context& context, std::string_view key, bool& found) const override;
    std::string_view name() const override { return "Liquid::TablerowloopDrop"; }
    void advance();
    std::int64_t col() const { return col_; }
    std::int64_t row() const { return row_; }
    bool ends_row() const { return col_ == cols_; }
    bool is_last() const { return index_ + 1 == length_; }

  private:
    std::uint64_t length_, index_ = 0;
    std::int64_t cols_, col_ = 1, row_ = 1;
};

/// A slice of a collection, forwards or backwards; ranges are never written out.
class Segment {
  public:
    /// Items [from, to) of `collection`; `to` counts only when `limited`. Nothing for what is no collection.
    Segment(Value collection, std::int64_t from, bool limited, std::int64_t to, bool reversed);
    std::uint64_t size() const { return size_; }
    Value at(Context& context, std::uint64_t turn) const;

  private:
    Value collection_;
    std::uint64_t from_ = 0, size_ = 0;
    bool reversed_;
};

}  // namespace chapar::liquid

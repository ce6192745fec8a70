#pragma once
// What a template's data is made of, as its sample shows it: which members are lists, objects and plain values. Data of
// another shape is refused, for a list that comes as a text would be written as nothing. Pure; immutable once made.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "render/catalogue.hpp"

namespace chapar::render {

/// `unknown`: the sample does not show it. `any`: samples disagree.
enum class DataKind : std::uint8_t { unknown, any, text, number, truth, list, map };

struct DataShape {
    DataKind kind = DataKind::unknown;
    std::vector<std::string> names;  // of a map's members, sorted
    std::vector<DataShape> shapes;   // of a map's members, in the same order; of a list one, for all of its items

    /// nullptr: it is no map, or has none of this name.
    const DataShape* member(std::string_view name) const;
};

/// "a list"
std::string_view words(DataKind kind);

/// `json`: any value. What is no JSON has no shape.
DataShape shape_of(std::string_view json);
/// What both samples say: nothing of what they say differently.
void merge(DataShape& into, const DataShape& other);

/// Where `json` has a list or an object and the sample has not, or the other way round, at most 20. Text, number, true
/// and false stand for each other, null for all; so do an empty list and an empty object. `at`: where the value is, as
/// a JSON Pointer.
std::vector<Contradiction> contradictions(const DataShape& shape, std::string_view json, const std::string& at = {});

}  // namespace chapar::render

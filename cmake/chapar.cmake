# One folder is one library; its link list repeats the layer table.

add_library(chapar_flags INTERFACE)
target_compile_options(chapar_flags INTERFACE
  -Wall -Wextra -Wpedantic $<IF:$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>,-Wshadow=local,-Wshadow> -Wnon-virtual-dtor -Wcast-align -Woverloaded-virtual
  $<$<COMPILE_LANGUAGE:C>:-Wno-non-virtual-dtor -Wno-overloaded-virtual>
  # GCC 12 sees overlaps and overruns in string's operator+ that are none (its bugs 105651 and 105329).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-array-bounds -Wno-stringop-overread -Wno-stringop-overflow>
  -fstack-protector-strong $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
if(CHAPAR_WERROR)
  target_compile_options(chapar_flags INTERFACE -Werror)
endif()
if(CHAPAR_SANITIZE)
  add_compile_options(-fsanitize=${CHAPAR_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CHAPAR_SANITIZE})
  if(CHAPAR_SANITIZE MATCHES "thread")
    add_compile_options(-Wno-tsan)  # Asio's fences, which TSan does not model
  endif()
endif()
# Full RELRO: every function is found at the start, and the tables that say where are read-only from then on.
add_link_options(-Wl,-z,relro -Wl,-z,now)
target_include_directories(chapar_flags INTERFACE ${PROJECT_SOURCE_DIR}/daemon)
target_link_libraries(chapar_flags INTERFACE Threads::Threads fmt::fmt)

# Two precompiled headers, one for the product and one for its tests; docs/building.md has what they save. Clang's tools and
# compilers read the sources without them.
option(CHAPAR_PCH "Precompile the standard headers" ON)
add_library(chapar_pch OBJECT ${CMAKE_CURRENT_LIST_DIR}/pch.cpp)
target_link_libraries(chapar_pch PRIVATE chapar_flags)
if(CHAPAR_TESTS)
  find_package(GTest REQUIRED)
  add_library(chapar_pch_test OBJECT ${CMAKE_CURRENT_LIST_DIR}/pch.cpp)
  target_link_libraries(chapar_pch_test PRIVATE chapar_flags GTest::gmock GTest::gtest)
  target_compile_options(chapar_pch_test PRIVATE -fPIE)  # as the programs are that read it
endif()
if(CHAPAR_PCH AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_precompile_headers(chapar_pch PRIVATE ${CMAKE_CURRENT_LIST_DIR}/pch.hpp)
  if(CHAPAR_TESTS)
    target_precompile_headers(chapar_pch_test PRIVATE ${CMAKE_CURRENT_LIST_DIR}/pch.hpp <gmock/gmock.h> <gtest/gtest.h>)
  endif()
endif()

# chapar_precompiled(TARGET OWNER): TARGET reads the precompiled header of OWNER (chapar_pch or chapar_pch_test).
function(chapar_precompiled target owner)
  if(CHAPAR_PCH AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_precompile_headers(${target} REUSE_FROM ${owner})
  endif()
endfunction()

# Sources are compiled in batches, which parses each header once a batch: about a third of the CPU of a cold build. For a tree that
# is edited all day -DCHAPAR_UNITY=OFF compiles file by file. docs/building.md has the figures.
# A batch names its sources by their full paths, so a compiler cache that several checkouts share would not know them again.
if(DEFINED ENV{CCACHE_BASEDIR})
  set(chapar_unity_default OFF)
else()
  set(chapar_unity_default ON)
endif()
option(CHAPAR_UNITY "Compile sources in batches" ${chapar_unity_default})

# chapar_batched(TARGET SOURCES...): what cannot share a batch, since its names that no other file sees stand in another file as
# well, is in unity_alone.txt.
file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/unity_alone.txt chapar_unity_alone REGEX "^[a-z]")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/unity_alone.txt)
function(chapar_batched target)
  if(NOT CHAPAR_UNITY)
    return()
  endif()
  foreach(source ${ARGN})
    file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR} ${source})
    if(name IN_LIST chapar_unity_alone)
      set_source_files_properties(${source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  target_compile_options(${target} PRIVATE -Wno-subobject-linkage)  # a type in a .cpp is not one in a header
endfunction()

# chapar_library(NAME [LINK libs...]): every .cpp of the current folder (below it with RECURSE) as chapar_NAME.
function(chapar_library name)
  cmake_parse_arguments(ARG "RECURSE" "" "LINK" ${ARGN})
  if(ARG_RECURSE)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  else()
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  endif()
  if(NOT sources)
    add_library(chapar_${name} INTERFACE)
    return()
  endif()
  add_library(chapar_${name} STATIC ${sources})
  target_link_libraries(chapar_${name} PUBLIC chapar_flags ${ARG_LINK})
  chapar_precompiled(chapar_${name} chapar_pch)
  chapar_batched(chapar_${name} ${sources})
endfunction()

# chapar_test_places(TARGET FOLDER SOURCES...): CHAPAR_SOURCE_DIR and CHAPAR_BINARY_DIR for the sources that name them, so that
# the others compile to the same in every checkout and the compiler cache serves them; for all where a header names them.
function(chapar_test_places target folder)
  set(places "CHAPAR_SOURCE_DIR=\"${PROJECT_SOURCE_DIR}\"" "CHAPAR_BINARY_DIR=\"${PROJECT_BINARY_DIR}\"")
  file(GLOB headers CONFIGURE_DEPENDS ${folder}/*.hpp)
  foreach(file ${headers} ${ARGN})
    file(STRINGS ${file} named REGEX "CHAPAR_(SOURCE|BINARY)_DIR")
    if(named AND file MATCHES "\\.hpp$")
      target_compile_definitions(${target} PRIVATE ${places})
      return()
    elseif(named)
      set_property(SOURCE ${file} APPEND PROPERTY COMPILE_DEFINITIONS ${places})
    endif()
  endforeach()
endfunction()

set(chapar_unit_patience 300)
if(CHAPAR_SANITIZE)
  set(chapar_unit_patience 1800)
endif()

# chapar_test(NAME [LINK libs...]): tests/unit/NAME/*.cpp as one GoogleTest program, one ctest entry.
function(chapar_test name)
  cmake_parse_arguments(ARG "" "" "LINK;SOURCES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/unit/${name}/*.cpp)
  add_executable(test_${name} ${sources} ${ARG_SOURCES})
  target_link_libraries(test_${name} PRIVATE chapar_flags ${ARG_LINK} GTest::gmock GTest::gtest GTest::gtest_main)
  chapar_precompiled(test_${name} chapar_pch_test)
  chapar_batched(test_${name} ${sources})
  chapar_test_places(test_${name} ${PROJECT_SOURCE_DIR}/tests/unit/${name} ${sources})
  add_test(NAME unit.${name} COMMAND test_${name})
  set_tests_properties(unit.${name} PROPERTIES TIMEOUT ${chapar_unit_patience} LABELS unit)
endfunction()

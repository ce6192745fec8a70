# One folder is one library; its link list repeats the layer table.

add_library(chapar_flags INTERFACE)
target_compile_options(chapar_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wcast-align -Woverloaded-virtual
  $<$<COMPILE_LANGUAGE:C>:-Wno-non-virtual-dtor -Wno-overloaded-virtual>
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
target_include_directories(chapar_flags INTERFACE ${PROJECT_SOURCE_DIR}/daemon)
target_link_libraries(chapar_flags INTERFACE Threads::Threads)

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
endfunction()

# chapar_test(NAME [LINK libs...]): tests/unit/NAME/*.cpp as one GoogleTest program, one ctest entry.
function(chapar_test name)
  cmake_parse_arguments(ARG "" "" "LINK;SOURCES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/unit/${name}/*.cpp)
  add_executable(test_${name} ${sources} ${ARG_SOURCES})
  target_link_libraries(test_${name} PRIVATE chapar_flags ${ARG_LINK} GTest::gmock GTest::gtest GTest::gtest_main)
  target_compile_definitions(test_${name} PRIVATE
    CHAPAR_SOURCE_DIR="${PROJECT_SOURCE_DIR}" CHAPAR_BINARY_DIR="${PROJECT_BINARY_DIR}")
  add_test(NAME unit.${name} COMMAND test_${name})
  set_tests_properties(unit.${name} PROPERTIES TIMEOUT 300 LABELS unit)
endfunction()

# What a user of the library does; any step that fails ends the test.
file(REMOVE_RECURSE ${FOLDER})
function(step)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()
step(${CMAKE_COMMAND} --install ${BUILD} --component development --prefix ${FOLDER}/prefix)
step(${CMAKE_COMMAND} -S ${SOURCE} -B ${FOLDER}/build -G ${GENERATOR} -DCMAKE_PREFIX_PATH=${FOLDER}/prefix -DCMAKE_CXX_COMPILER=${COMPILER}
     -DCMAKE_CXX_FLAGS=${FLAGS})
step(${CMAKE_COMMAND} --build ${FOLDER}/build)
step(${CMAKE_COMMAND} -E chdir ${FOLDER}/build ${FOLDER}/build/consumer)

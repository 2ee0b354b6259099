# Exact learning dynamics from R: the command prints a table, and base R reads it.
#
#     npm install feature-learning && Rscript solve.R

command <- Sys.getenv("FEATURE_LEARNING", "npx feature-learning")

solve_problem <- function(problem, times) {
  file <- tempfile(fileext = ".json")
  on.exit(unlink(file))
  writeLines(problem, file)
  read.csv(pipe(paste(command, "solve", shQuote(file), "--times", shQuote(times), "--csv")), check.names = FALSE)
}

problem <- '{
  "task": { "x": [-1.2, -0.4, 0.3, 1.3], "y": [-1.0, -0.5, 0.2, 1.4] },
  "initial": { "gaussian": { "width": 64, "scale": 0.01, "seed": 1 } }
}'
solution <- solve_problem(problem, "0:4:5")
print(signif(solution[, c("t", "loss", "output", "kernel", "alignment")], 6), row.names = FALSE)

# The closed form is a solution of dS/dt = 2 g (uu + ww); compare it with a difference quotient.
near <- solve_problem(problem, "0.999,1,1.001")
slope <- diff(near$uw[c(1, 3)]) / diff(near$t[c(1, 3)])
cat("relative error of the slope at t = 1:", signif(abs(slope / (2 * near$residual[2] * near$kernel[2]) - 1), 1), "\n")

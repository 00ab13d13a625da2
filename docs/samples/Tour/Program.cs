using Tour;

return await Samples.RunAsync(args, Console.Out, Console.Error);
